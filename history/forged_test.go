package history_test

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vgit/history"
	"vgit/repo/store"
)

// forged is an index whose records somebody changed, with right lengths and checksums.
func forged(t testing.TB, text string, change func(rec []byte)) string {
	t.Helper()
	const head = len("vgit history 1 12345678\n")
	var body []byte
	for rest := []byte(text[head:]); len(rest) > 0; {
		n := binary.BigEndian.Uint32(rest)
		for block := rest[8 : 8+n]; len(block) > 0; {
			size, k := binary.Uvarint(block)
			rec := slices.Clone(block[k : k+int(size)])
			change(rec)
			body = append(binary.AppendUvarint(body, size), rec...)
			block = block[k+int(size):]
		}
		rest = rest[8+n:]
	}
	file := binary.BigEndian.AppendUint32([]byte(text[:head]), uint32(len(body)))
	file = binary.BigEndian.AppendUint32(file, crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	return string(append(file, body...))
}

// busy is a life with edits, moves, pulls of two remotes, pushes and an undo, its index complete.
func busy(t testing.TB) *life {
	f := files{"v/a.ics": event("a", "A"), "w/b.ics": event("b", "B"), "w/c.ics": event("c", "C")}
	l := newLife(newBook(t), f)
	f = f.with("v/a.ics", "").with("w/a.ics", event("a", "A2"))
	l.edit(f)
	l.push("server")
	f = f.with("w/b.ics", event("b", "by the server")).with("w/d.ics", event("d", "D"))
	l.pull("server", f)
	l.pull("other", f.with("w/c.ics", ""))
	l.edit(l.f.with("w/d.ics", event("d", "mine")))
	l.push("server")
	l.back(l.f.with("w/c.ics", f["w/c.ics"]))
	l.edit(l.f.with("w/e.ics", event("e", "E")))
	l.keep()
	l.log()
	return l
}

// plans are what undos and restores of all kinds would do.
func (l *life) plans(all []store.Hash) (plans []any) {
	add := func(rev *history.Reversal, err error) {
		plans = append(plans, rev)
		var none *history.Nothing
		if err != nil && !errors.As(err, &none) {
			plans = append(plans, err.Error())
		}
	}
	asked := []history.Undo{{}, {From: []string{history.Here}}, {From: []string{"server"}}, {Since: l.now.AddDate(-9, 0, 0)}, {Where: "w"}}
	for _, h := range all {
		asked = append(asked, history.Undo{Commit: h})
	}
	for _, u := range asked {
		add(l.undo(u))
	}
	for _, item := range []string{"w/a.ics", "w/b.ics", "v/a.ics", "w/c.ics", "w/gone.ics", ""} {
		for _, h := range all {
			b := l.open()
			m, err := b.At(history.When{Rev: h.String(), Text: h.String()})
			if err != nil {
				l.t.Fatal(err)
			}
			_ = b.Log(context.Background(), l.o, func(history.Entry) bool { return true }) // whatever it may leave behind
			g := l.s.Stage()
			add(b.Restore(context.Background(), history.Restore{Then: m, Item: item}, history.State{Tree: l.tree(g, l.f), Objects: g}))
		}
	}
	return plans
}

// TestAForgedIndexWritesNothing: an index that lies, with right checksums, shows wrong lines at worst. Each reader comes to an end, and what an
// undo or a restore writes is told by objects alone.
func TestAForgedIndexWritesNothing(t *testing.T) {
	t.Parallel()
	l := busy(t)
	full := l.index()
	var all []store.Hash
	for _, e := range l.entries() {
		if e.Kind == history.Edit || e.Kind == history.Pull {
			all = append(all, e.Commit)
		}
	}
	some := []store.Hash{all[1], all[len(all)-2]}
	l.setIndex("")
	honest := l.plans(some)
	check := func(t testing.TB, text string) {
		t.Helper()
		l.setIndex(text)
		_, _ = l.tryLog()
		if diff := cmp.Diff(honest, l.plans(some), sameTime, cmpopts.IgnoreUnexported(history.Stay{})); diff != "" {
			t.Fatalf("another plan (-without +with the index):\n%s", diff)
		}
	}
	check(t, full)
	t.Run("its own parent", func(t *testing.T) {
		check(t, forged(t, full, func(rec []byte) {
			for _, h := range all {
				for i := 20; i+20 <= len(rec); i++ {
					if [20]byte(rec[i:i+20]) == h {
						copy(rec[i:], rec[:20])
					}
				}
			}
		}))
	})
	t.Run("one parent for all", func(t *testing.T) {
		check(t, forged(t, full, func(rec []byte) {
			for _, h := range all {
				for i := 20; i+20 <= len(rec); i++ {
					if [20]byte(rec[i:i+20]) == h {
						copy(rec[i:], all[0][:])
					}
				}
			}
		}))
	})
	t.Run("flags", func(t *testing.T) {
		for bit := range 4 {
			check(t, forged(t, full, func(rec []byte) { // 20 name, 1 mask, 20 tree, 5 time, 1 zone
				if at := 20 + 1 + 20 + 5 + 1; at < len(rec) {
					rec[at] ^= 1 << bit
				}
			}))
		}
	})
	t.Run("anything", func(t *testing.T) {
		for seed := range uint64(8) {
			dice := rand.New(rand.NewPCG(seed, 0))
			check(t, forged(t, full, func(rec []byte) {
				for range dice.IntN(4) {
					rec[20+dice.IntN(len(rec)-20)] = byte(dice.IntN(256))
				}
			}))
		}
	})
}
