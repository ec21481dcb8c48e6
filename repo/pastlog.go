package repo

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"vgit/repo/store"
)

// pastLog is what was read of the past, so that the next run reads only what came since. It may be lost without harm, and is thrown away if
// it is about other refs.
type pastLog struct {
	base, main, tracking store.Hash // up to which it was read
	bases                []pastBase // newest first
	writes               []written
}

// named are the writes that a person named in an answer to a hold: on one side, to one item, over one body.
type named map[answeredWrite]bool

type answeredWrite struct {
	side       Side
	coll, name string
	over       store.Hash
	create     bool // what was put back
}

// names tells whether a write was answered.
func (n named) names(a Applied) bool {
	return n[answeredWrite{a.Side, a.Collection, a.Name, a.Before, false}] || a.Kind != Delete && n[answeredWrite{a.Side, a.Collection, a.Name, a.Before, true}]
}

// answers adds those of a base. What was accepted counts for nothing, and what a refusal puts back is no addition and no change (G20).
func (p *past) answers(base store.Hash, tree store.Hash, into named) {
	if dir, err := lookup(p.r.g, tree, answersDir); err != nil || dir.Hash.IsZero() {
		return
	}
	b, err := loadBase(p.r.g, p.r.o.Layout, base)
	if err != nil {
		return
	}
	all, err := b.holdAnswers()
	if err != nil {
		return
	}
	for _, a := range all {
		for _, s := range a.States {
			into[answeredWrite{Here, s.Collection, s.Name, s.L1, a.Refuse}] = true
			into[answeredWrite{There, s.Collection, s.Name, s.R1, a.Refuse}] = true
		}
	}
}

// end leaves out what is older than a day or not needed: what came into a collection that was not there yet, but for the other half of a
// move.
func (l *pastLog) end(p *past) {
	if i := slices.IndexFunc(l.bases, func(b pastBase) bool { return !b.at.After(p.since) }); i >= 0 {
		l.bases = l.bases[:i+1]
	}
	gone := map[store.Hash]bool{}
	for _, w := range l.writes {
		if w.Kind == Delete {
			gone[w.Before] = true
		}
	}
	news := map[string]time.Time{} // from when on what comes into a collection is news
	l.writes = slices.DeleteFunc(l.writes, func(w written) bool {
		if !w.at.After(p.since) {
			return true
		}
		if w.Kind != Create || gone[w.After] {
			return false
		}
		if _, ok := news[w.Collection]; !ok {
			news[w.Collection] = p.since
			if p.Then(w.Collection) == 0 {
				news[w.Collection] = p.inStep(w.Collection)
			}
		}
		return news[w.Collection].IsZero() || !w.at.After(news[w.Collection])
	})
}

func pastFile(remote string) string { return "applied-" + remote }

// loadPast reads the log of a remote. A damaged one is none.
func (r *Repo) loadPast(remote string) *pastLog {
	b, err := r.s.CacheRead(pastFile(remote))
	if err != nil {
		return &pastLog{}
	}
	l := &pastLog{}
	for line := range strings.Lines(string(b)) {
		f, err := readRecord(strings.TrimSuffix(line, "\n"), 8)
		if err != nil || !l.add(f) {
			return &pastLog{}
		}
	}
	return l
}

// add takes a record of the file.
func (l *pastLog) add(f []string) bool {
	var bad bool
	hash := func(s string) store.Hash {
		if s == "-" {
			return store.Hash{}
		}
		h, err := store.ParseHash(s)
		bad = bad || err != nil
		return h
	}
	at := func(s string) time.Time {
		t, err := time.Parse(timeFormat, s)
		bad = bad || err != nil
		return t
	}
	switch f[0] {
	case "read":
		l.base, l.main, l.tracking = hash(f[1]), hash(f[2]), hash(f[3])
	case "base":
		l.bases = append(l.bases, pastBase{at(f[1]), hash(f[2])})
	case "wrote":
		l.writes = append(l.writes, written{at(f[1]), Applied{Side(f[2]), StepKind(f[3]), f[4], f[5], hash(f[6]), hash(f[7])}})
	}
	return !bad
}

// notePast reads what this run has done while its trees are at hand, so that the next one need not.
func (r *Repo) notePast(sides []*side, l *Local) error {
	var errs []error
	for _, s := range sides {
		if held := s.report.Plan != nil && len(s.report.Plan.Holds) > 0; held || len(s.report.Done) > 0 {
			p := r.past(s, l)
			p.read()
			errs = append(errs, r.savePast(p))
		}
	}
	return errors.Join(errs...)
}

// savePast keeps what was read, if anything was.
func (r *Repo) savePast(p *past) error {
	if !p.news {
		return nil
	}
	var b bytes.Buffer
	for _, base := range p.log.bases {
		writeRecord(&b, "base", base.at.UTC().Format(timeFormat), hashText(base.hash))
	}
	for _, w := range p.log.writes {
		writeRecord(&b, "wrote", w.at.UTC().Format(timeFormat), string(w.Side), string(w.Kind), w.Collection, w.Name, hashText(w.Before), hashText(w.After))
	}
	writeRecord(&b, "read", hashText(p.log.base), hashText(p.log.main), hashText(p.log.tracking)) // last, so that nothing is missing above it
	return r.s.CacheWrite(pastFile(p.s.rem.Name), b.Bytes())
}
