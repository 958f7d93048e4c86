package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Setting is one setting as it is in force.
type Setting struct {
	// Name is its variable, and Help says what it is for.
	Name, Help string
	// Value is what is in force, with secrets masked.
	Value string
	// From says where it comes from: "environment", "file /path", "default", or "" when it is not set.
	From string
}

// Load reads the settings from an environment as os.Environ gives it, and checks them. The error names all that is wrong,
// a line each. An empty variable counts as not set.
func Load(environ []string) (*Config, error) {
	l := loader{environment: map[string]string{}, known: map[string]bool{}}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && value != "" {
			l.environment[name] = value
		}
	}
	c := &Config{}
	l.read(reflect.ValueOf(c).Elem())
	for name := range l.environment {
		if strings.HasPrefix(name, "PORTAL_") && !strings.HasPrefix(name, "PORTAL_TEST_") && !l.known[name] {
			c.unknown = append(c.unknown, name)
		}
	}
	slices.Sort(c.unknown)
	if len(l.problems) == 0 { // what cannot be read cannot be checked
		l.problems = c.complete(l)
	}
	c.settings = l.settings(c)
	return c, errors.Join(l.problems...)
}

// Settings lists what is in force, secrets masked, in the order of Config's fields.
func (c *Config) Settings() []Setting { return c.settings }

// Unknown lists the variables that look like settings and are none. They are no error, since a platform may add its own,
// but often a slip of the pen: each comes with the setting it resembles, if there is one.
func (c *Config) Unknown() []string {
	var lines []string
	for _, name := range c.unknown {
		line := name + " is not a setting"
		for _, s := range c.settings {
			if distance(name, s.Name) <= 3 {
				line += "; did you mean " + s.Name + "?"
				break
			}
		}
		lines = append(lines, line)
	}
	return lines
}

type loader struct {
	environment map[string]string
	known       map[string]bool
	from        []source
	problems    []error
}

// source is where a field's value came from.
type source struct {
	name, help, from string
	index            []int
}

func (l *loader) fail(format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf(format, args...))
}

// read fills the fields that have an env tag, and those of the structs within.
func (l *loader) read(v reflect.Value, above ...int) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		index := append(slices.Clone(above), i)
		name := field.Tag.Get("env")
		if name == "" {
			if field.Type.Kind() == reflect.Struct {
				l.read(v.Field(i), index...)
			}
			continue
		}
		l.known[name] = true
		s := source{name: name, help: field.Tag.Get("help"), index: index}
		text, from := l.lookup(name, field.Type == reflect.TypeFor[Secret]())
		if text == "" && field.Tag.Get("default") != "" {
			text, from = field.Tag.Get("default"), "default"
		}
		s.from = from
		if field.Type == reflect.TypeFor[Names]() {
			v.Field(i).Set(reflect.ValueOf(l.names(name, text, &s)))
		} else if text != "" {
			l.set(v.Field(i), name, text)
		}
		l.from = append(l.from, s)
	}
}

// lookup finds a variable's value; a secret's may be in a file.
func (l *loader) lookup(name string, secret bool) (value, from string) {
	value, from = l.environment[name], "environment"
	if value == "" {
		from = ""
	}
	if !secret {
		return value, from
	}
	l.known[name+"_FILE"] = true
	path := l.environment[name+"_FILE"]
	if path == "" {
		return value, from
	}
	if value != "" {
		l.fail("%s and %s_FILE are both set: keep one", name, name)
		return value, from
	}
	content, err := os.ReadFile(path)
	if err != nil {
		l.fail("%s_FILE: %v", name, err)
		return "", ""
	}
	value = strings.TrimRight(string(content), "\r\n")
	if value == "" {
		l.fail("%s_FILE: %s is empty", name, path)
	}
	return value, "file " + path
}

// languages are those in which a name may be given.
var languages = []string{"ar", "zh", "en", "fr", "ru", "es"}

func (l *loader) names(name, text string, s *source) Names {
	names := Names{}
	if text != "" {
		names[""] = text
	}
	for _, lang := range languages {
		variable := name + "_" + strings.ToUpper(lang)
		l.known[variable] = true
		if value := l.environment[variable]; value != "" {
			names[lang], s.from = value, "environment"
		}
	}
	return names
}

// set reads a text into a field.
func (l *loader) set(v reflect.Value, name, text string) {
	switch field := v.Addr().Interface().(type) {
	case *bool:
		on, err := strconv.ParseBool(text)
		if err != nil {
			l.fail("%s is %q; it can be 1 or 0", name, text)
		}
		*field = on
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			l.fail("%s is %q; it must be a whole number", name, text)
		}
		*field = n
	case *[]string:
		*field = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	case *slog.Level:
		if err := field.UnmarshalText([]byte(text)); err != nil {
			l.fail("%s is %q; it can be debug, info, warn or error", name, text)
		}
	default: // string, Secret, Environment, TLSMode
		v.SetString(text)
	}
}

func (l *loader) settings(c *Config) []Setting {
	var settings []Setting
	for _, s := range l.from {
		value := reflect.ValueOf(c).Elem().FieldByIndex(s.index).Interface()
		settings = append(settings, Setting{Name: s.name, Help: s.help, Value: show(s.name, value), From: s.from})
	}
	return settings
}

// show prints a value for people, without its secrets.
func show(name string, value any) string {
	switch value := value.(type) {
	case []string:
		return strings.Join(value, ", ")
	case slog.Level:
		return strings.ToLower(value.String())
	case Names:
		var parts []string
		for _, lang := range append([]string{""}, languages...) {
			if text := value[lang]; text != "" {
				parts = append(parts, strings.TrimPrefix(lang+": "+text, ": "))
			}
		}
		return strings.Join(parts, "; ")
	case Secret:
		if name == "DATABASE_URL" {
			return maskPassword(string(value))
		}
		return value.String()
	}
	return fmt.Sprint(value)
}

// maskPassword shows which database it is. An address that is not a URL may hold the password anywhere.
func maskPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return Secret(address).String()
	}
	if _, has := u.User.Password(); has {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	for key := range query {
		if strings.Contains(strings.ToLower(key), "password") {
			query.Set(key, mask)
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// distance counts the letters to add, drop or change to get from one word to the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
