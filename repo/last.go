package repo

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"vgit/remote"
)

// Last is how the last run of a sync with one remote ended. It may be lost without harm.
type Last struct {
	Time    time.Time // zero: nobody knows
	Outcome string    // "" is a good end, else why it was not
	// Good is when a run last came to a good end, Changed when one last sent or received something, with how many of each. Zero: nobody knows.
	Good, Changed  time.Time
	Sent, Received int
}

// ReadLast tells how the last run with a remote ended.
func (r *Repo) ReadLast(remote string) Last {
	b, err := r.s.CacheRead("last-" + remote)
	if err != nil {
		return Last{}
	}
	line, _, _ := nextLine(string(b))
	f, err := readRecord(line, 6)
	if err != nil {
		return Last{}
	}
	t, err := time.Parse(timeFormat, f[0])
	if err != nil {
		return Last{}
	}
	l := Last{Time: t, Outcome: f[1], Good: readTime(f[2])}
	if l.Changed = readTime(f[3]); !l.Changed.IsZero() {
		l.Sent, _ = strconv.Atoi(f[4])
		l.Received, _ = strconv.Atoi(f[5])
	}
	return l
}

// readTime is a time as timeText wrote it, zero if it is none.
func readTime(text string) time.Time {
	t, err := time.Parse(timeFormat, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// timeText is exact, since two runs of one second may end differently.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (r *Repo) writeLast(s *RemoteReport) error {
	l := r.ReadLast(s.Name)
	l.Time, l.Outcome = r.o.Now(), ""
	switch {
	case errors.Is(s.Err, context.Canceled):
		l.Outcome = "interrupted"
	case s.Err != nil:
		l.Outcome = s.Err.Error()
	default:
		l.Good = l.Time
	}
	if sent, received := s.Moved(); sent+received > 0 {
		l.Changed, l.Sent, l.Received = l.Time, sent, received
	}
	var b bytes.Buffer
	writeRecord(&b, timeText(l.Time), l.Outcome, timeText(l.Good), timeText(l.Changed), strconv.Itoa(l.Sent), strconv.Itoa(l.Received))
	return r.s.CacheWrite("last-"+s.Name, b.Bytes())
}

// longestPeace is how long a server can keep itself from being asked; more than that is a clock that went wrong (P96).
const longestPeace = 2 * time.Hour

// NotBefore is until when a remote asked not to be asked again; zero if it did not, or the time has come.
func (r *Repo) NotBefore(name string) time.Time {
	b, err := r.s.CacheRead("busy-" + name)
	if err != nil {
		return time.Time{}
	}
	until, err := time.Parse(timeFormat, strings.TrimSpace(string(b)))
	if wait := until.Sub(r.o.Now()); err != nil || wait <= 0 || wait > longestPeace {
		return time.Time{}
	}
	return until
}

// saveNotBefore remembers for later runs until when a server asked for peace in this one. One that is merely busy is not spared:
// whoever tries again by hand may find it well.
func (r *Repo) saveNotBefore(s *RemoteReport) error {
	until := time.Time{}
	look := func(err error) {
		var busy *remote.Busy
		if errors.As(err, &busy) && busy.Asked && busy.Until.After(until) {
			until = busy.Until
		}
	}
	look(s.Err)
	for _, p := range s.AllProblems() {
		look(p.Err)
	}
	if until.IsZero() {
		return nil
	}
	return r.s.CacheWrite("busy-"+s.Name, []byte(until.UTC().Format(timeFormat)+"\n"))
}

// saveGone remembers which collections the server did not show, for Status.
func (r *Repo) saveGone(s *RemoteReport) error {
	if s.gone == nil {
		return nil // as far as is known, it is as it was
	}
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s.gone)) {
		writeRecord(&b, name, s.gone[name])
	}
	return r.cache("gone-"+s.Name, b.Bytes())
}

func (r *Repo) loadGone(name string) map[string]string {
	found := map[string]string{}
	r.cached("gone-"+name, 2, func(f []string) { found[f[0]] = f[1] })
	return found
}
