package identity

import "testing"

func TestMaskEmail(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{
		"ama@example.org": "a•••@e•••.org", "élodie@exemple.gouv.fr": "é•••@e•••.fr", "a@b": "a•••@b•••", "@example.org": "•••@e•••.org", "nobody": "", "": "",
	} {
		if got := MaskEmail(email); got != want {
			t.Errorf("%q is shown as %q, want %q", email, got, want)
		}
	}
}
