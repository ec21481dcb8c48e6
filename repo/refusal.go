package repo

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"vgit/repo/store"
)

// Refusal remembers that a server did not take a body, so that it is not offered again in every run (P82, P88). It is kept with
// what may be lost: then the body is offered once more.
type Refusal struct {
	Body   store.Hash // zero: a deletion
	Why    string
	Until  time.Time // when it may be offered again, zero: not before it changes
	Times  int       // how often it failed in a way that may pass; 0: the server said no
	Limits string    // of the collection at that time
	// Due tells that the time has come; the entry stays for what it counts.
	Due bool
}

const (
	refusedFor   = 24 * time.Hour // after a no, which is not for ever (T24)
	firstPause   = time.Hour      // after the second failure; twice as long after each further one
	longestPause = 24 * time.Hour
	forgottenIn  = 14 * 24 * time.Hour // an item that did not fail for so long begins anew
)

// holds tells whether a body is not to be offered now. Limits that nobody was told, as without a look at the server, change
// nothing.
func (r Refusal) holds(body store.Hash, limits Limits) bool {
	now := limits.text()
	return !r.Due && r.Body == body && (now == "" || now == r.Limits)
}

// text is what limits are compared by; "" for none.
func (l Limits) text() string {
	if !l.ReadOnly && l.Components == nil && l.MaxSize == 0 {
		return ""
	}
	return fmt.Sprintf("%t %d %s", l.ReadOnly, l.MaxSize, strings.Join(l.Components, ","))
}

// failedAgain counts a failure that may pass. From the second one of the same body on it is a refusal: after an error of the
// server it is offered again after growing pauses; if the server said yes and did not keep it, not before it changes.
func (r Refusal) failedAgain(body store.Hash, why string, now time.Time, accepted bool) Refusal {
	if r.Body != body || r.Times == 0 {
		r = Refusal{Body: body}
	}
	r.Times++
	r.Why, r.Until, r.Due = why, now, true
	switch {
	case r.Times < 2:
	case accepted:
		r.Until, r.Due = time.Time{}, false
	default:
		r.Until, r.Due = now.Add(min(firstPause<<min(r.Times-2, 10), longestPause)), false
	}
	return r
}

// loadRefusals reads what the runs before were refused.
func (r *Repo) loadRefusals(name string) map[string]Refusal {
	found := map[string]Refusal{}
	r.cached("refused-"+name, 6, func(f []string) {
		x, err := readRefusal(f)
		if err != nil {
			return
		}
		if !x.Until.IsZero() {
			late := r.o.Now().Sub(x.Until)
			x.Due = late >= 0 || -late > longestPause // or a clock that went wrong
			if x.Due && (x.Times == 0 || late > forgottenIn) {
				return
			}
		}
		found[f[0]] = x
	})
	return found
}

// readRefusal reads the fields that saveRefusals writes, but for the first.
func readRefusal(f []string) (x Refusal, err error) {
	x.Why, x.Limits = f[3], f[5]
	if x.Body, err = store.ParseHash(f[1]); err != nil {
		return x, err
	}
	if f[2] != "" {
		if x.Until, err = time.Parse(timeFormat, f[2]); err != nil {
			return x, err
		}
	}
	x.Times, err = strconv.Atoi(f[4])
	return x, err
}

func (r *Repo) saveRefusals(name string, refused map[string]Refusal) error {
	var b bytes.Buffer
	for _, path := range slices.Sorted(maps.Keys(refused)) {
		x := refused[path]
		until := ""
		if !x.Until.IsZero() {
			until = x.Until.UTC().Format(timeFormat)
		}
		writeRecord(&b, path, x.Body.String(), until, x.Why, strconv.Itoa(x.Times), x.Limits)
	}
	return r.cache("refused-"+name, b.Bytes())
}
