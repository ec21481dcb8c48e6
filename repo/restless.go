package repo

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Some servers show other tokens or etags at every look, though nothing happened. A snapshot that has no other news than those is
// kept, so that the next run is cheap; but from the third on only once a day, or a timer would fill the repository (P55, F19).
const (
	restless       = "restless" // in Status.Learned: how many such snapshots were kept, and when the last
	restlessKept   = 2
	restlessBefore = 24 * time.Hour
)

// worthKeeping tells whether what was fetched goes into the snapshot.
func (c *collecting) worthKeeping() (bool, error) {
	if c.isNew || c.saved || c.out.refound[c.name] {
		return true, nil
	}
	news, err := c.hasNews()
	if err != nil {
		return false, &localError{err}
	}
	if news {
		c.forgetRest()
		return true, nil
	}
	n, last := readRest(c.next.Learned[restless])
	if n >= restlessKept && c.r.o.Now().Sub(last).Abs() < restlessBefore {
		c.report()
		return false, nil
	}
	c.forgetRest()
	c.next.Learned[restless] = strconv.Itoa(min(n+1, restlessKept)) + " " + c.r.o.Now().UTC().Format(timeFormat)
	return true, nil
}

// forgetRest takes the note out of a map of its own.
func (c *collecting) forgetRest() {
	c.next.Learned = maps.Clone(c.next.Learned)
	if c.next.Learned == nil {
		c.next.Learned = map[string]string{}
	}
	delete(c.next.Learned, restless)
}

func readRest(s string) (n int, last time.Time) {
	count, when, _ := strings.Cut(s, " ")
	n, err := strconv.Atoi(count)
	last, errTime := time.Parse(timeFormat, when)
	if errors.Join(err, errTime) != nil {
		return 0, time.Time{}
	}
	return n, last
}

// hasNews tells whether anything but tokens, etags and dates differs from the last snapshot.
func (c *collecting) hasNews() (bool, error) {
	if c.newBody() {
		return true, nil
	}
	old, err := c.prev.rows()
	if err != nil {
		return true, err
	}
	now := c.result()
	same := old.Directory == now.Directory && old.Href == now.Href && old.Kind == now.Kind && old.Missing.Equal(now.Missing) &&
		maps.Equal(old.Properties, now.Properties) && slices.Equal(old.Owed, now.Owed) &&
		slices.EqualFunc(old.Rows, now.Rows, func(a, b Row) bool {
			a.ETag, a.Schedule, a.Size, a.Modified = b.ETag, b.Schedule, b.Size, b.Modified
			return a == b
		})
	if !same {
		return true, nil
	}
	items, err := c.r.o.Layout.items(c.r.g, c.prev.tree)
	if err != nil {
		return true, err
	}
	for name, body := range c.edits {
		if items[name] != body {
			return true, nil
		}
	}
	return false, nil
}

// newBody looks at a few of the bodies that came, which nearly always tells.
func (c *collecting) newBody() bool {
	looked := 0
	for name, body := range c.edits {
		if entry, err := lookup(c.r.g, c.prev.tree, name); err == nil && entry.Hash != body {
			return true
		}
		if looked++; looked == 8 {
			break
		}
	}
	return false
}

// report hands over what went wrong, of a collection whose state is left as it was.
func (c *collecting) report() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.problems = append(c.out.problems, c.problems...)
	c.problems = nil
}
