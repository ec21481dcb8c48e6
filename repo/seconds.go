package repo

import (
	"bytes"
	"maps"
	"slices"
	"time"
)

// Where a token is a time in whole seconds (SOGo), a change made in its own second moves nothing that a quiet sync looks at, and a
// report since that token may leave it out. Such a token is believed only when the collection was listed completely once, in a run
// that began after that second was over.

// secondOver is how long a second lasts, with what clocks are made of.
const secondOver = 2 * time.Second

// isSecond tells whether a token ends in what can be a time in seconds. It is not read any further: this costs one more listing
// where it is none, and nobody's clock is compared.
func isSecond(token string) bool {
	digits := 0
	for i := len(token) - 1; i >= 0 && token[i] >= '0' && token[i] <= '9'; i-- {
		digits++
	}
	return digits == 10 && (token[len(token)-digits] == '1' || token[len(token)-digits] == '2')
}

// shownState is the token of the last snapshot by which a collection is told to be unchanged.
func (c *collecting) shownState() string {
	if c.next.Token != "" {
		return string(c.next.Token)
	}
	return c.next.CTag
}

// doubted tells whether the state of the last snapshot may stand for less than the server held in that second: neither does it say that
// nothing has changed, nor is it a state to ask for changes since.
func (c *collecting) doubted() bool {
	state := c.shownState()
	if !isSecond(state) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seconds[c.name] != state
}

// listed notes that the state of the last snapshot still stood when the collection was listed completely.
func (c *collecting) listed(before string) {
	if !isSecond(before) || c.shownState() != before || !c.complete || c.since.IsZero() || c.r.o.Now().Sub(c.since) < secondOver {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seconds[c.name] = before
}

func (r *Repo) loadSeconds(name string) map[string]string {
	found := map[string]string{}
	r.cached("seconds-"+name, 2, func(f []string) { found[f[0]] = f[1] })
	return found
}

func (r *Repo) saveSeconds(s *RemoteReport) error {
	var b bytes.Buffer
	for _, coll := range slices.Sorted(maps.Keys(s.seconds)) {
		writeRecord(&b, coll, s.seconds[coll])
	}
	return r.cache("seconds-"+s.Name, b.Bytes())
}
