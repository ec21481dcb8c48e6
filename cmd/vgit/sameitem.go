package main

import (
	"bytes"
	"fmt"

	"vgit/repo/item"
)

// sameItem tells what keeps a body that somebody made from being an item in place of others: it does not parse, has lines that none of
// them has and nobody can read, or is of another UID or type.
func sameItem(body []byte, others ...[]byte) error {
	it := item.Parse(body)
	if it.State() != item.Sound {
		return fmt.Errorf("is no item that can be read: it %s", it.Problem())
	}
	if line := junk(it.Tree(), others); line != nil {
		return fmt.Errorf("has a line that cannot be read: %s", quote(string(line)))
	}
	for _, b := range others {
		other := item.Parse(b)
		switch {
		case len(b) == 0 || other.State() != item.Sound:
		case other.UID() != it.UID():
			return fmt.Errorf("has the UID %s instead of %s", quote(it.UID()), quote(other.UID()))
		case other.Component() != it.Component():
			return fmt.Errorf("is a %s instead of a %s", it.Component(), other.Component())
		}
	}
	return nil
}

// junk finds a line that is no content line, and that is not in the others either.
func junk(c *item.Component, others [][]byte) []byte {
	for l := range c.Leaves() {
		line := bytes.TrimSpace(l.Raw)
		if l.Name != "" || len(line) == 0 {
			continue
		}
		known := false
		for _, b := range others {
			known = known || bytes.Contains(b, line)
		}
		if !known {
			return line
		}
	}
	for sub := range c.Components() {
		if line := junk(sub, others); line != nil {
			return line
		}
	}
	return nil
}
