package pledge

import "testing"

// A bar is drawn only where baseline, target and value are numbers.
func TestHowMuchOfAnIndicatorIsAchieved(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		baseline, target, value string
		want                    int
		ok                      bool
	}{
		{"0", "100", "25", 25, true},
		{"", "40", "10", 25, true}, // a blank baseline is zero
		{"20", "60", "50", 75, true},
		{"60", "20", "30", 75, true}, // less is better
		{"10", "20", "5", 0, true},   // further away than at the beginning
		{"10", "20", "35", 100, true},
		{"0", "3", "2", 66, true}, // never rounded up to all of it
		{"0", "1000", "999.9", 99, true},
		{"12 %", "80%", "46%", 50, true},
		{"٠", "١٠٠", "٢٥", 25, true},
		{"1 000", "2 000", "1,500", 50, true},
		{"none", "100", "25", 0, false},
		{"0", "all", "25", 0, false},
		{"0", "100", "some", 0, false},
		{"0", "100", "", 0, false},
		{"5", "5", "5", 0, false},
		{"0", "100", "NaN", 0, false},
	} {
		got, ok := achieved(test.baseline, test.target, test.value)
		if ok != test.ok || perCent(got) != test.want {
			t.Errorf("from %q to %q at %q: %d%% (%v), want %d%% (%v)", test.baseline, test.target, test.value, perCent(got), ok, test.want, test.ok)
		}
	}
}
