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
	words := tell(s.Before, s.After, r.parse, w)
	if words.Sign == 0 {
		words = merge.Words{Title: s.Title, When: s.When, Sign: '~'}
	}
	return words
}

// tell reads two versions of an item, either of which may be absent, and puts into words what leads from one to the other.
func tell(old, new store.Hash, read Read, w merge.Wording) merge.Words {
	var versions [2]*item.Item
	for i, h := range []store.Hash{old, new} {
		if h.IsZero() {
			continue
		}
		it, err := read(h)
		if err != nil {
			return merge.Words{}
		}
		versions[i] = it
	}
	return w.Tell(versions[0], versions[1])
}
