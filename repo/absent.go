package repo

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"vgit/remote"
	"vgit/repo/store"
)

// The questions that an absence has to stand (G2 to G4).
const (
	askListing  = 50              // hrefs asked for when a listing lacks them
	askReport   = 10              // hrefs asked for when a report names as many or more as gone
	emptyBefore = 3               // members a collection had whose emptiness is looked at twice
	emptyPause  = 5 * time.Second // between the two looks
)

// absences takes items out that are proven gone. believed is false if the answer was shown to be wrong.
func (c *collecting) absences(ctx context.Context, ch remote.Changes) (believed bool, err error) {
	var missing []string
	limit := askListing
	if ch.Complete {
		missing = c.lacking(ch)
	} else {
		for _, href := range ch.Gone {
			delete(c.owed, href)
			if name, ok := c.byHref[href]; ok {
				missing = append(missing, name)
			}
		}
		limit = askReport
		emptied := len(missing) == len(c.rows) && len(missing) >= emptyBefore // as good as an empty listing (G4)
		if len(missing) < askReport && !emptied {
			c.remove(missing)
			return true, nil
		}
	}
	if len(missing) == 0 {
		return true, nil
	}
	if ch.Doubt != "" {
		c.doubt(missing)
		return false, nil
	}
	slices.Sort(missing)
	return c.question(ctx, missing, limit)
}

// lacking lists the known items that a complete listing does not name.
func (c *collecting) lacking(ch remote.Changes) []string {
	named := make(map[remote.Href]bool, len(ch.Members)+len(ch.Unclear))
	for _, m := range ch.Members {
		named[m.Href] = true
	}
	for _, href := range ch.Unclear {
		named[href] = true
	}
	for href := range c.owed {
		if _, known := c.byHref[href]; !known && !named[href] {
			delete(c.owed, href) // never read, not listed any more
		}
	}
	var missing []string
	for name, row := range c.rows {
		if !named[row.Href] {
			missing = append(missing, name)
		}
	}
	return missing
}

// question asks for the hrefs that seem to be gone: all, or limit of them at random (G2, G3). One that is still there
// discredits the answer as a whole.
func (c *collecting) question(ctx context.Context, missing []string, limit int) (bool, error) {
	sample := missing
	if len(sample) > limit {
		sample = slices.Clone(missing)
		rand.Shuffle(len(sample), func(i, j int) { sample[i], sample[j] = sample[j], sample[i] })
		sample = sample[:limit]
	}
	hrefs := make([]remote.Href, len(sample))
	for i, name := range sample {
		hrefs[i] = c.rows[name].Href
	}
	alive, unknown := map[string]bool{}, map[string]bool{}
	for _, name := range sample {
		unknown[name] = true
	}
	err := c.coll.Fetch(ctx, hrefs, func(res remote.Resource) error {
		switch {
		case errors.Is(res.Err, remote.ErrGone):
			delete(unknown, c.byHref[res.Href])
		case res.Err == nil:
			alive[c.byHref[res.Href]] = true
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	if len(alive) > 0 {
		c.carry(slices.Collect(maps.Keys(alive)))
		c.doubt(slices.DeleteFunc(missing, func(n string) bool { return alive[n] }))
		c.problem("the server did not list items that it still has; nothing is deleted for that", Note, nil)
		return false, nil
	}
	if len(missing) > len(sample) && len(unknown) > 0 {
		c.doubt(missing) // those not asked for are not proven by answers that did not come
		return false, nil
	}
	c.doubt(slices.Collect(maps.Keys(unknown)))
	c.remove(slices.DeleteFunc(slices.Clone(missing), func(n string) bool { return unknown[n] }))
	return len(unknown) == 0, nil
}

// doubt carries items of which nobody knows whether they are gone. One that comes up under another href may be the same item in
// a new place, and is owed until that is known: else there would be two files of it meanwhile, and under another name.
func (c *collecting) doubt(names []string) {
	c.carry(names)
	for _, n := range names {
		if uid := c.rows[n].UID; uid != "" {
			c.unsure[uid] = true
		}
	}
}

// tellUnsure hands over of which items that is not known: nothing is sent to where they were.
func (c *collecting) tellUnsure() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.unsure[c.name] = c.unsure
}

func (c *collecting) carry(names []string) {
	for _, n := range names {
		c.rows[n].Flags.Carried = true
	}
}

func (c *collecting) remove(names []string) {
	for _, n := range names {
		row := c.rows[n]
		if row.UID != "" {
			c.left[row.UID] = n
		}
		c.drop(row)
		delete(c.owed, row.Href)
		c.edits[n] = store.Hash{}
	}
}
