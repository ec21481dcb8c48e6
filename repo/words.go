package repo

import (
	"strings"

	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

// Line is the line of an item for a person, harmless to print: "event Planning (Mon 2 Mar 10:00)  work/e0.ics".
func Line(w merge.Words, path string) string {
	if said := strings.TrimSpace(w.String()); said != "" {
		return Plain(said) + "  " + Plain(path)
	}
	return Plain(path)
}

// ConflictLines are the slots of conflicts with their three values, harmless to print: "time", "base    Tue 3 Mar 10:00-11:00", and so on.
func ConflictLines(conflicts []merge.Conflict, w merge.Wording) (lines []string) {
	for _, c := range conflicts {
		base, local, remote := w.Sides(c)
		if len(conflicts) > 1 {
			lines = append(lines, Plain(c.Slot))
		}
		lines = append(lines, "base    "+Plain(base), "local   "+Plain(local), "remote  "+Plain(remote))
	}
	return lines
}

// Tell puts into words what a step does to its item, from what is in the repository. Of what cannot be read there is the title.
func (r *Repo) Tell(s *Step, w merge.Wording) merge.Words {
	if s.Kind == Property {
		return propertyWords(s.Name, s.Before, s.After, r.parse)
	}
	words := tell(s.Before, s.After, r.parse, w)
	if words.Sign == 0 {
		words = merge.Words{Title: s.Title, When: s.When, Sign: '~'}
	}
	return words
}

// Details are what a step changes in its item, for programs.
func (r *Repo) Details(s *Step) []merge.Detail {
	if s.Kind == Property {
		return propertyDetails(s.Name, s.Before, s.After, r.parse)
	}
	old, new, err := twoOf(s.Before, s.After, r.parse)
	if err != nil {
		return nil
	}
	return merge.Details(old, new)
}

// tell reads two versions of an item, either of which may be absent, and puts into words what leads from one to the other.
func tell(old, new store.Hash, read Read, w merge.Wording) merge.Words {
	a, b, err := twoOf(old, new, read)
	if err != nil {
		return merge.Words{}
	}
	return w.Tell(a, b)
}

// twoOf reads two versions of an item; nil is an absent one.
func twoOf(old, new store.Hash, read Read) (a, b *item.Item, err error) {
	if !old.IsZero() {
		a, err = read(old)
	}
	if !new.IsZero() && err == nil {
		b, err = read(new)
	}
	return a, b, err
}
