package webtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// selector is a list of alternatives.
type selector []chain

// chain is a compound and what must stand above it, from the element outwards.
type chain []link

type link struct {
	compound
	// direct says that the next compound outwards must be the parent.
	direct bool
}

type compound struct {
	tag        string
	attributes []attribute
}

type attribute struct{ name, operator, value string }

// piece is one simple part of a compound: tag, #id, .class or [attribute…].
var piece = regexp.MustCompile(`^(?:([a-zA-Z][a-zA-Z0-9]*|\*)|#([\w-]+)|\.([\w-]+)|\[([\w:-]+)(?:([~^*$]?=)(?:"([^"]*)"|'([^']*)'|([^\]"']*)))?\])`)

func parseSelector(text string) (selector, error) {
	var s selector
	var c chain
	var current compound
	open, direct := false, false
	closeCompound := func() {
		if open {
			c = append(chain{link{compound: current, direct: direct}}, c...)
			current, open, direct = compound{}, false, false
		}
	}
	rest := strings.TrimSpace(text)
	for rest != "" {
		switch rest[0] {
		case ' ', '\n', '\t':
			closeCompound()
			rest = strings.TrimSpace(rest)
			continue
		case '>':
			closeCompound()
			if len(c) == 0 {
				return nil, fmt.Errorf("selector %q: nothing before >", text)
			}
			direct = true
			rest = strings.TrimSpace(rest[1:])
			continue
		case ',':
			closeCompound()
			s, c = append(s, c), nil
			rest = strings.TrimSpace(rest[1:])
			continue
		}
		m := piece.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("selector %q: cannot read %q", text, rest)
		}
		open = true
		switch {
		case m[1] != "":
			current.tag = strings.ToLower(m[1])
		case m[2] != "":
			current.attributes = append(current.attributes, attribute{"id", "=", m[2]})
		case m[3] != "":
			current.attributes = append(current.attributes, attribute{"class", "~=", m[3]})
		default:
			current.attributes = append(current.attributes, attribute{m[4], m[5], m[6] + m[7] + m[8]})
		}
		rest = rest[len(m[0]):]
	}
	closeCompound()
	s = append(s, c)
	for _, c := range s {
		if len(c) == 0 {
			return nil, fmt.Errorf("selector %q: an empty alternative", text)
		}
	}
	return s, nil
}

func (s selector) matches(n *html.Node) bool {
	for _, c := range s {
		if c.matches(n) {
			return true
		}
	}
	return false
}

func (c chain) matches(n *html.Node) bool {
	if n == nil || n.Type != html.ElementNode || !c[0].compound.matches(n) {
		return false
	}
	if len(c) == 1 {
		return true
	}
	for above := n.Parent; above != nil; above = above.Parent {
		if c[1:].matches(above) {
			return true
		}
		if c[0].direct {
			return false
		}
	}
	return false
}

func (c compound) matches(n *html.Node) bool {
	if c.tag != "" && c.tag != "*" && c.tag != n.Data {
		return false
	}
	for _, a := range c.attributes {
		value, ok := attr(n, a.name)
		if !ok || !a.matches(value) {
			return false
		}
	}
	return true
}

func (a attribute) matches(value string) bool {
	switch a.operator {
	case "=":
		return value == a.value
	case "~=":
		return slices.Contains(strings.Fields(value), a.value)
	case "^=":
		return strings.HasPrefix(value, a.value)
	case "$=":
		return strings.HasSuffix(value, a.value)
	case "*=":
		return strings.Contains(value, a.value)
	default:
		return true
	}
}
