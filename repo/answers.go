package repo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vgit/merge"
	"vgit/repo/store"
)

// What a person answered is kept beside the pairs, with the state that it was said of (docs/format.md 7). This file has resolutions,
// holdanswers.go answers to holds.
const answersDir = "answers"

// Answer is a resolution of one slot of an item, or of the item as a whole.
type Answer struct {
	L0, R0 store.Hash // the pair
	L1, R1 store.Hash // what the two sides stood for
	Slot   string
	Choice merge.Choice
	Body   store.Hash // the item as it should be; then there is no slot
}

// answers are those of a base, read when somebody asks.
type answers struct {
	read  bool
	items map[string]*filed    // by collection and name
	holds map[string]*heldFile // by ID
}

// filed is what was answered about one item.
type filed struct {
	list         []Answer
	remote, when string
	files        []string // that it stands in
	dirty        bool
}

var choiceWords = map[merge.Choice]string{merge.TakeLocal: "local", merge.TakeRemote: "remote", merge.TakeBoth: "both"}

// answered gives the answers about the items of a collection, by name.
func (b *Base) answered(coll string) (map[string][]Answer, error) {
	if err := b.readAnswers(); err != nil {
		return nil, err
	}
	var found map[string][]Answer
	for path, f := range b.answers.items {
		if c, name, _ := strings.Cut(path, "/"); c == coll && len(f.list) > 0 {
			if found == nil {
				found = map[string][]Answer{}
			}
			found[name] = f.list
		}
	}
	return found, nil
}

// readAnswers reads the directory, once.
func (b *Base) readAnswers() error {
	if b.answers.read {
		return nil
	}
	b.answers = answers{read: true, items: map[string]*filed{}, holds: map[string]*heldFile{}}
	dir, err := lookup(b.o, b.tree, answersDir)
	if err != nil || dir.Hash.IsZero() || dir.Mode != store.ModeDir {
		return err
	}
	entries, err := b.o.Tree(dir.Hash)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.Contains(e.Name, ".") {
			continue // a body
		}
		text, err := b.o.Blob(e.Hash)
		if err != nil {
			return err
		}
		files := []string{e.Name}
		for _, other := range entries {
			if strings.HasPrefix(other.Name, e.Name+".") {
				files = append(files, other.Name)
			}
		}
		if err := b.answers.parse(files, text); err != nil {
			return err
		}
	}
	return nil
}

// parse reads one file of docs/format.md 7.
func (a *answers) parse(files []string, text []byte) error {
	file := answersDir + "/" + files[0]
	rest, err := textHead(file, "answer", text)
	if err != nil {
		return err
	}
	head := map[string]string{}
	var binds []Bind
	var states []ItemState
	for {
		line, tail, ok := nextLine(rest)
		if !ok {
			if v := head["answer"]; v == "accept" || v == "refuse" {
				a.ofHold(files[0], head, binds, states)
			}
			return nil
		}
		rest = tail
		f, err := readRecord(line, 9)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		switch f[0] {
		case "state":
		case "bind":
			binds = append(binds, Bind{f[1], f[2], f[3]})
			continue
		default:
			head[f[0]] = f[1]
			continue
		}
		one, err := readState(f)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if head["answer"] != "resolve" {
			states = append(states, ItemState{f[1], f[2], one.L0, one.R0, one.L1, one.R1})
			continue
		}
		x := a.of(f[1], f[2])
		x.list = append(x.list, one)
		x.remote, x.when = head["remote"], head["when"]
		for _, name := range files {
			if !slices.Contains(x.files, name) {
				x.files = append(x.files, name)
			}
		}
	}
}

func (a *answers) of(coll, name string) *filed {
	path := coll + "/" + name
	if a.items[path] == nil {
		a.items[path] = &filed{}
	}
	return a.items[path]
}

func readState(f []string) (a Answer, err error) {
	err = fourHashes(f[3:7], &a.L0, &a.R0, &a.L1, &a.R1)
	a.Slot = f[7]
	for c, word := range choiceWords {
		if word == f[8] {
			a.Choice = c
		}
	}
	if a.Choice == merge.Undecided && a.Slot == "" && f[8] != "" {
		var bad error
		a.Body, bad = store.ParseHash(f[8])
		err = errors.Join(err, bad)
	}
	return a, err
}

// answer takes down answers about one item, in place of earlier ones about the same slots.
func (b *Base) answer(remote, when, coll, name string, list []Answer) error {
	if err := b.readAnswers(); err != nil {
		return err
	}
	f := b.answers.of(coll, name)
	for _, old := range f.list {
		same := func(a Answer) bool { return a.Slot == old.Slot || !a.Body.IsZero() }
		if old.Body.IsZero() && !slices.ContainsFunc(list, same) {
			list = append(list, old)
		}
	}
	slices.SortFunc(list, func(x, y Answer) int { return strings.Compare(x.Slot, y.Slot) })
	f.list, f.remote, f.when, f.dirty = list, remote, when, true
	return nil
}

// dropAnswers takes out what was said of an item.
func (b *Base) dropAnswers(coll, name string) error {
	if err := b.readAnswers(); err != nil {
		return err
	}
	if f := b.answers.items[coll+"/"+name]; f != nil && len(f.list) > 0 {
		f.list, f.dirty = nil, true
	}
	b.answers.movedOn(coll, name)
	return nil
}

// renameAnswers lets answers follow their items.
func (b *Base) renameAnswers(coll string, names map[string]string) error {
	if err := b.readAnswers(); err != nil {
		return err
	}
	b.answers.renamed(coll, names)
	moved := map[string]filed{}
	for from := range names {
		if f := b.answers.items[coll+"/"+from]; f != nil && len(f.list) > 0 {
			moved[from] = *f
			f.list, f.dirty = nil, true
		}
	}
	for from, f := range moved {
		to := b.answers.of(coll, names[from])
		to.list, to.remote, to.when, to.dirty = f.list, f.remote, f.when, true
	}
	return nil
}

// renameAnswered lets answers follow collections that have other names now, all at once.
func (b *Base) renameAnswered(names map[string]string) error {
	if err := b.readAnswers(); err != nil {
		return err
	}
	for _, f := range b.answers.holds {
		for i, s := range f.States {
			if to, ok := names[s.Collection]; ok {
				if !f.dirty {
					f.States, f.dirty = slices.Clone(f.States), true
				}
				f.States[i].Collection = to
			}
		}
	}
	moved := map[string]filed{}
	for path, f := range b.answers.items {
		coll, name, _ := strings.Cut(path, "/")
		if to, ok := names[coll]; ok && len(f.list) > 0 {
			moved[to+"/"+name] = *f
			f.list, f.dirty = nil, true
		}
	}
	for path, f := range moved {
		coll, name, _ := strings.Cut(path, "/")
		to := b.answers.of(coll, name)
		to.list, to.remote, to.when, to.dirty = f.list, f.remote, f.when, true
	}
	return nil
}

func (a *answers) changed() bool {
	for _, f := range a.items {
		if f.dirty {
			return true
		}
	}
	for _, f := range a.holds {
		if f.dirty {
			return true
		}
	}
	return false
}

// edits are what is to change in the directory.
func (a *answers) edits(g *stage) edits {
	ed := edits{}
	for _, f := range a.items {
		for _, name := range f.files {
			if f.dirty {
				ed[name] = store.Hash{}
			}
		}
	}
	for path, f := range a.items {
		if f.dirty && len(f.list) > 0 {
			f.write(g, path, ed)
		}
	}
	for _, f := range a.holds {
		f.write(g, ed)
	}
	return ed
}

// write makes the file of what was answered about one item, and keeps all that it names beside it.
func (f *filed) write(g *stage, path string, ed edits) {
	coll, name, _ := strings.Cut(path, "/")
	var said, file bytes.Buffer
	writeRecord(&said, "remote", f.remote)
	writeRecord(&said, "class", "conflict")
	for _, a := range f.list {
		choice := choiceWords[a.Choice]
		if !a.Body.IsZero() {
			choice = a.Body.String()
		}
		writeRecord(&said, "state", coll, name, hashText(a.L0), hashText(a.R0), hashText(a.L1), hashText(a.R1), a.Slot, choice)
	}
	sum := sha256.Sum256(said.Bytes())
	id := hex.EncodeToString(sum[:8])
	writeHead(&file, "answer")
	writeRecord(&file, "answer", "resolve")
	writeRecord(&file, "when", f.when)
	file.Write(said.Bytes())
	ed[id] = g.AddBlob(file.Bytes())
	for _, a := range f.list {
		for _, h := range []store.Hash{a.L1, a.R1, a.Body} {
			if !h.IsZero() {
				ed[id+"."+h.String()] = h
			}
		}
	}
}

func hashText(h store.Hash) string {
	if h.IsZero() {
		return "-"
	}
	return h.String()
}
