package config

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Selection says which collections of a remote are synced: a list of patterns or a table. Exactly one of the two is in use; the zero
// Selection takes nothing.
type Selection struct {
	List  []string  // "work", "*", "!birthdays", "remote:*"; the last one that matches decides
	Table []Pairing // in the order of the file; nil when List is used
	Rest  bool      // of a table: "*" = "*", everything that Table does not name
}

// Pairing is one entry of a table: a directory of the vdir and a collection of the remote.
type Pairing struct {
	Dir string
	At  string // an id, an absolute path, a URL, or "." for the remote's own url
}

// Collection is what Match is asked about: one collection, on one side or on both.
type Collection struct {
	Dir       string // its directory in the vdir, or the one that it is paired with; "" for none
	Slug      string // its display name as the name of a directory; "" for none
	ID        string // the last segment of its path, decoded; "" when it is only here
	URL       string // its whole address; "" when it is only here
	Own       bool   // the remote's url is this collection itself
	Here      bool   // the vdir has it
	There     bool   // the remote has it
	Generated bool   // made by the server, such as contact birthdays: taken only when it is named
}

// Choice is the answer for one collection.
type Choice struct {
	Take bool
	Dir  string // the directory that a table gives it; "" leaves that to the caller
}

// Match answers for all collections of a remote at once: choices[i] is that of all[i]. missing are the names that the configuration
// gives and no collection has. ambiguous has a line for each id that fits two collections; neither of those is taken.
func (s Selection) Match(all []Collection) (choices []Choice, missing []Pairing, ambiguous []string) {
	choices = make([]Choice, len(all))
	if s.Table == nil && !s.Rest {
		for i, c := range all {
			choices[i].Take = s.takes(c)
		}
		return choices, s.unmatched(all), nil
	}
	named := make([]bool, len(all))
	for _, p := range s.Table {
		fits := p.fits(all)
		for _, i := range fits {
			named[i] = true
		}
		switch len(fits) {
		case 0:
			missing = append(missing, p)
		case 1:
			choices[fits[0]] = Choice{Take: true, Dir: p.Dir}
		default:
			ambiguous = append(ambiguous, fmt.Sprintf("%q fits two collections, %s and %s; write the address of one of them",
				p.At, all[fits[0]].URL, all[fits[1]].URL))
		}
	}
	for i, c := range all {
		if s.Rest && !named[i] && !s.claims(c) {
			choices[i].Take = !c.Generated
		}
	}
	return choices, missing, ambiguous
}

// claims tells whether the table gives the directory of c to another collection, so that c cannot be taken under its own name.
func (s Selection) claims(c Collection) bool {
	return slices.ContainsFunc(s.Table, func(p Pairing) bool { return c.Dir != "" && p.Dir == c.Dir })
}

// takes asks the list about one collection.
func (s Selection) takes(c Collection) bool {
	take := false
	for _, text := range s.List {
		p := parsePattern(text)
		if p.matches(c) {
			take = !p.exclude && (!c.Generated || p.literal())
		}
	}
	return take
}

// unmatched are the plain names of the list that no collection has and that no later exclusion takes back.
func (s Selection) unmatched(all []Collection) (missing []Pairing) {
	for i, text := range s.List {
		p := parsePattern(text)
		if p.exclude || !p.literal() || slices.ContainsFunc(all, p.matches) {
			continue
		}
		wanted := Selection{List: s.List[i:]}
		if wanted.takes(Collection{Dir: p.glob, Slug: p.glob, ID: p.glob, Here: p.scope != "remote", There: p.scope != "local"}) {
			missing = append(missing, Pairing{Dir: p.glob, At: p.glob})
		}
	}
	return missing
}

// pattern is one entry of a list, taken apart.
type pattern struct {
	exclude bool
	scope   string // "local", "remote" or ""
	glob    string
}

func parsePattern(s string) pattern {
	var p pattern
	s, p.exclude = strings.CutPrefix(s, "!")
	for _, scope := range []string{"local", "remote"} {
		if rest, found := strings.CutPrefix(s, scope+":"); found {
			p.scope, s = scope, rest
		}
	}
	p.glob = s
	return p
}

// literal tells whether the pattern is a name, not a glob.
func (p pattern) literal() bool { return !strings.ContainsAny(p.glob, `*?[\`) }

// matches tells whether the pattern fits the directory, the display name or the id.
func (p pattern) matches(c Collection) bool {
	if p.scope == "local" && !c.Here || p.scope == "remote" && !c.There {
		return false
	}
	for _, name := range []string{c.Dir, c.Slug, c.ID} {
		// An id may hold a slash, which * shall match as well.
		if ok, _ := path.Match(p.glob, strings.ReplaceAll(name, "/", "\ufffd")); name != "" && (ok || name == p.glob) {
			return true
		}
	}
	return false
}

// fits returns the indexes of the collections that an entry of the table means.
func (p Pairing) fits(all []Collection) (fits []int) {
	for i, c := range all {
		var ok bool
		switch {
		case p.At == ".":
			ok = c.Own
		case strings.Contains(p.At, "://") || strings.HasPrefix(p.At, "/"):
			ok = c.URL != "" && samePlace(p.At, c.URL)
		default:
			ok = c.ID != "" && c.ID == p.At
		}
		if ok {
			fits = append(fits, i)
		}
	}
	return fits
}

// samePlace compares an address or a path of the configuration with the address of a collection, segment by segment (P20).
func samePlace(want, have string) bool {
	w, err := url.Parse(want)
	if err != nil {
		return false
	}
	h, err := url.Parse(have)
	if err != nil {
		return false
	}
	if w.Host != "" && originOf(w) != originOf(h) {
		return false
	}
	return slices.Equal(segments(w), segments(h)) && w.RawQuery == h.RawQuery
}

// segments are the decoded segments of a path, without a final slash. An escaped slash stays inside its segment.
func segments(u *url.URL) []string {
	parts := strings.Split(strings.TrimSuffix(u.EscapedPath(), "/"), "/")
	for i, part := range parts {
		if decoded, err := url.PathUnescape(part); err == nil {
			parts[i] = decoded
		}
	}
	return parts
}
