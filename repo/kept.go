package repo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

// What a server made of a body that it was sent is told slot by slot (spec of merging, 1.5): what it left out stays in the file and is
// listed, what it added stays there, and what it wrote otherwise is pulled before the pair moves.

// NotKept is an item of which the server does not hold all that the file has.
type NotKept struct {
	Collection, Name string
	Slots            []string
}

// kept concludes a PUT whose result was read back: there is the body that the server holds now.
func (p *push) kept(j *sending, there store.Hash) {
	if there == j.blob {
		p.settled(j, j.step.Local, there)
		return
	}
	k, err := p.r.compareStored(j.blob, there, j.step.Local)
	if err != nil {
		p.s.report.problem(stepProblem(j.step, "cannot be read from the repository", Lasting, err))
		return
	}
	if len(k.Missing) > 0 {
		p.missing[j.step.path()] = k.Missing
	}
	switch {
	case len(k.Changed) > 0 && p.s.shared:
		p.settled(j, j.step.Local, there)
		p.tellMade(j, k)
	case len(k.Changed) > 0 && p.s.rem.OneWay.Direction != Push:
		p.done(j)
		p.amend(j, there, k)
	case k.Shifted:
		p.settled(j, j.step.Local, there)
		err = p.s.base.put(j.step.Collection, j.step.Name, map[int]store.Hash{inShifted: j.blob})
	default:
		p.settled(j, j.step.Local, there)
	}
	if err != nil {
		p.s.report.problem(stepProblem(j.step, "cannot be noted as agreed", Lasting, err))
	}
}

// tellMade says what the server made of an item of a vdir that has other remotes, too. There the file keeps what was written: were each
// server's form brought to the file, it would go on to the others as an edit, and theirs would come back, without end (F43).
func (p *push) tellMade(j *sending, k merge.Kept) {
	for _, c := range k.Changed {
		p.s.report.problem(stepProblem(j.step, fmt.Sprintf("the server made %q of %q; it stays as it is here, and for the other remotes", c.New, c.Old), Note, nil))
	}
}

// compareStored compares what was sent with what is stored; file is the local one.
func (r *Repo) compareStored(sent, stored, file store.Hash) (merge.Kept, error) {
	var read [3]*item.Item
	for i, h := range []store.Hash{sent, stored, file} {
		var err error
		if read[i], err = r.parse(h); err != nil {
			return merge.Kept{}, err
		}
	}
	return merge.Stored(read[0], read[1], read[2]), nil
}

// amend plans to bring the file what the server wrote otherwise. Until that is done, the entry of the write stands, and the item is decided
// with what was sent.
func (p *push) amend(j *sending, there store.Hash, k merge.Kept) {
	local, remote, err := p.s.base.items(j.step.Collection)
	if err != nil {
		p.s.report.problem(stepProblem(j.step, "cannot be noted as agreed", Lasting, err))
		return
	}
	step := *j.step
	step.Side, step.Kind, step.Needs = Here, Update, ""
	step.Before, step.After, step.There = step.Local, p.r.g.AddBlob(k.Local), there
	step.Local, step.Why = step.After, "the server wrote it otherwise"
	made := item.Parse(k.Local)
	step.Title, step.When = made.Summary(), made.When()
	for _, c := range k.Changed {
		step.Notes = append(step.Notes, merge.Note{Kind: "server", Slot: c.Slot, Text: fmt.Sprintf("the server made %q of %q", c.New, c.Old)})
	}
	if p.s.virtual[step.Collection] == nil {
		p.s.virtual[step.Collection] = map[string]four{}
	}
	p.s.virtual[step.Collection][step.Name] = four{l0: j.step.Local, r0: j.blob, l1: local[step.Name], r1: remote[step.Name]}
	p.s.amended = append(p.s.amended, step)
}

// amendFiles writes what amend has planned.
func (r *Repo) amendFiles(ctx context.Context, s *side, l *Local) error {
	if len(s.amended) == 0 {
		return nil
	}
	plan := &Plan{Steps: s.amended}
	s.amended = nil
	if err := r.pull(context.WithoutCancel(ctx), s, plan, l); err != nil {
		return err
	}
	return r.settled(ctx, s, l)
}

// noteNotKept brings the list of what the server does not hold of an item up to date, when its pair has moved. Only of items of which it
// was seen to leave something out is there one.
func (b *Base) noteNotKept(r *Repo, coll, name string, left []string) error {
	known, err := b.part(coll, inNotKept)
	if err != nil || known[name].IsZero() && len(left) == 0 {
		return err
	}
	local, there, err := b.items(coll)
	if err != nil || local[name].IsZero() {
		return err
	}
	k, err := r.compareStored(local[name], there[name], local[name])
	if err != nil {
		return err
	}
	var list store.Hash
	if len(k.Missing) > 0 {
		var text bytes.Buffer
		writeHead(&text, "notkept")
		for _, slot := range k.Missing {
			writeRecord(&text, "slot", slot)
		}
		list = r.g.AddBlob(text.Bytes())
	}
	return b.put(coll, name, map[int]store.Hash{inNotKept: list})
}

// notKept lists what the server does not hold, by collection and name.
func (b *Base) notKept() ([]NotKept, error) {
	var found []NotKept
	read := map[store.Hash][]string{}
	for coll := range b.pairs {
		items, err := b.part(coll, inNotKept)
		if err != nil {
			return nil, err
		}
		for name, h := range items {
			slots, ok := read[h]
			if !ok {
				if slots, err = b.readNotKept(h); err != nil {
					return nil, err
				}
				read[h] = slots
			}
			found = append(found, NotKept{coll, name, slots})
		}
	}
	slices.SortFunc(found, func(x, y NotKept) int { return strings.Compare(x.Collection+"/"+x.Name, y.Collection+"/"+y.Name) })
	return found, nil
}

func (b *Base) readNotKept(h store.Hash) ([]string, error) {
	text, err := b.o.Blob(h)
	if err != nil {
		return nil, err
	}
	rest, err := textHead(partNames[inNotKept], "notkept", text)
	if err != nil {
		return nil, err
	}
	var list []string
	for {
		line, tail, ok := nextLine(rest)
		if !ok {
			return list, nil
		}
		rest = tail
		f, err := readRecord(line, 2)
		if err != nil {
			return nil, err
		}
		if f[0] == "slot" {
			list = append(list, f[1])
		}
	}
}

// tellNotKept says, once for each collection, what the server did not keep of what it was sent in this run.
func (p *push) tellNotKept() {
	items, slots := map[string]int{}, map[string][]string{}
	for path, missing := range p.missing {
		coll, _, _ := strings.Cut(path, "/")
		items[coll]++
		for _, s := range missing {
			if !slices.Contains(slots[coll], s) {
				slots[coll] = append(slots[coll], s)
			}
		}
	}
	for coll, n := range items {
		slices.Sort(slots[coll])
		what := fmt.Sprintf("the server does not keep %s; it stays here", strings.Join(slots[coll], ", "))
		if n > 1 {
			what = fmt.Sprintf("of %d items %s", n, what)
		}
		p.s.report.problem(Problem{Remote: p.s.rem.Name, Collection: coll, What: what, Severity: Note})
	}
}
