package history

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vgit/repo/store"
)

// revisionForm is a name with steps back: "~" and "^" as git has them.
var revisionForm = regexp.MustCompile(`^([^\s~^:]+?)((?:[~^][0-9]{0,6})*)$`)

// hexForm is a commit, or the beginning of its name.
var hexForm = regexp.MustCompile(`^[0-9a-fA-F]{4,40}$`)

// IsRevision tells whether a text has the form of a revision. Whether there is such a commit is for At to say.
func IsRevision(text string) bool {
	m := revisionForm.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	remote, ok := strings.CutSuffix(m[1], "/main")
	return m[1] == "main" || m[1] == "HEAD" || hexForm.MatchString(m[1]) || ok && remote != "" && !strings.Contains(remote, "/")
}

func (b *Book) revision(text string) (Moment, error) {
	m := revisionForm.FindStringSubmatch(text)
	if m == nil {
		return Moment{}, b.noRevision(text, nil)
	}
	h, err := b.named(m[1])
	if err != nil {
		return Moment{}, err
	}
	return b.before(h, m[1], m[2])
}

// named finds the commit of a name without steps. Only what a branch of vgit's reaches is found.
func (b *Book) named(name string) (store.Hash, error) {
	tips, damage := b.tips()
	if h := tips[name]; !h.IsZero() {
		return h, nil
	}
	var matches []store.Hash
	switch {
	case name == "HEAD":
		head, err := b.s.Ref("HEAD")
		if err != nil {
			return head, err
		}
		matches, err = b.reachable(tips, head.String())
		damage = errors.Join(damage, err)
	case hexForm.MatchString(name):
		var err error
		matches, err = b.reachable(tips, strings.ToLower(name))
		damage = errors.Join(damage, err)
	}
	switch {
	case len(matches) == 1:
		return matches[0], nil
	case len(matches) > 1:
		return store.Hash{}, b.severalRevisions(name, matches)
	case damage != nil:
		return store.Hash{}, fmt.Errorf("%s: %w", name, damage)
	}
	return store.Hash{}, b.noRevision(name, tips)
}

// reachable lists the commits whose names begin with the text, among those that the tips are made of. What cannot be read is an error beside
// what was found.
func (b *Book) reachable(tips map[string]store.Hash, text string) (found []store.Hash, err error) {
	seen := map[store.Hash]bool{}
	todo := slices.Collect(maps.Values(tips))
	for len(todo) > 0 {
		h := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[h] {
			continue
		}
		seen[h] = true
		if strings.HasPrefix(h.String(), text) {
			if found = append(found, h); len(text) == 2*len(h) {
				return found, nil
			}
		}
		c, damage := b.Commit(h)
		if damage != nil {
			err = errors.Join(err, fmt.Errorf("commit %s: %w", h, damage))
			continue
		}
		todo = append(todo, c.Parents...)
	}
	return found, err
}

// before goes back from a commit: "~3" is three along the line, "^2" is the second of those that it was made of.
func (b *Book) before(h store.Hash, name, steps string) (Moment, error) {
	said := name + steps
	for {
		c, err := b.Commit(h)
		if err != nil {
			return Moment{}, fmt.Errorf("commit %s: %w", h, err)
		}
		if steps == "" {
			return Moment{h, c.Tree, c.Author.When}, nil
		}
		end := 1
		for end < len(steps) && steps[end] != '~' && steps[end] != '^' {
			end++
		}
		n := 1
		if end > 1 {
			n, _ = strconv.Atoi(steps[1:end])
		}
		which := n // parent
		if steps[0] == '~' {
			which = min(n, 1)
		}
		if which > len(c.Parents) {
			return Moment{}, noStep(said, h, c)
		}
		if which > 0 {
			h = c.Parents[which-1]
		}
		if steps[0] == '~' && n > 1 {
			steps = "~" + strconv.Itoa(n-1) + steps[end:]
		} else {
			steps = steps[end:]
		}
	}
}

// noStep says that there is nothing, or not so much, before a commit.
func noStep(said string, h store.Hash, c store.Commit) error {
	at := short(h) + " (" + c.Author.When.Local().Format(minutes) + ")"
	if len(c.Parents) == 0 {
		return &NoMoment{said + " is before the history begins: its first commit is " + at, "vgit log shows what there is"}
	}
	return &NoMoment{fmt.Sprintf("there is no %s: %s was made of %d other commits", said, at, len(c.Parents)), "git log --graph shows of which"}
}

// minutes is how a person reads a time.
const minutes = "2006-01-02 15:04"

func short(h store.Hash) string { return h.String()[:10] }

// maxListed is how many commits an error names.
const maxListed = 10

func (b *Book) severalRevisions(name string, all []store.Hash) error {
	slices.SortFunc(all, func(x, y store.Hash) int { return strings.Compare(x.String(), y.String()) })
	var list []string
	for i, h := range all {
		if i == maxListed {
			list = append(list, fmt.Sprintf("and %d more", len(all)-i))
			break
		}
		c, err := b.Commit(h)
		if err != nil {
			return err
		}
		list = append(list, short(h)+" ("+c.Author.When.Local().Format(minutes)+")")
	}
	return &NoMoment{name + " is the beginning of several commits: " + strings.Join(list, ", "), "write more letters"}
}

func (b *Book) noRevision(name string, tips map[string]store.Hash) error {
	known := slices.Sorted(maps.Keys(tips))
	hint := "vgit log shows what there is"
	if len(known) > 0 {
		hint = "branches are " + strings.Join(known, ", ") + "; vgit log --json names the commits"
	}
	return &NoMoment{"no commit of main, or of what a remote was seen to hold, is called " + name, hint}
}
