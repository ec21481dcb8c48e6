package repo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"vgit/remote/davtest"
	"vgit/repo"
)

// TestMonth is a month in fast motion: three devices, each with a vdir of its own, and two servers, with all that a life has and
// accidents besides: a server, a vdir or a directory is emptied. What the guard holds is answered, rightly or wrongly. One month in
// fifty is a busy one. The race detector, which takes ten times as long, sees the first five of each fifty. VGIT_MONTH=SEED lives one of
// them and tells its story, and with VGIT_TELL=1 what each sync does.
func TestMonth(t *testing.T) {
	t.Parallel()
	if seed := os.Getenv("VGIT_MONTH"); seed != "" {
		var n uint64
		fmt.Sscan(seed, &n)
		tryScript(t, n, imagineMonth(n), true)
		return
	}
	for part := range uint64(10) {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			months := uint64(50)
			if raced {
				months = 5
			}
			for n := range months {
				tryScript(t, 50*part+n, imagineMonth(50*part+n), false)
			}
		})
	}
}

// TestMonthSoak lives as many months as VGIT_MONTHS says, with seeds from VGIT_FROM on, two side by side, and says how far it is.
func TestMonthSoak(t *testing.T) {
	var months, from uint64
	if fmt.Sscan(os.Getenv("VGIT_MONTHS"), &months); months == 0 {
		return // it is for make soak
	}
	fmt.Sscan(os.Getenv("VGIT_FROM"), &from)
	var next, done, wrong atomic.Uint64
	var sum [4]atomic.Int64
	begin := time.Now()
	for range 2 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for n := next.Add(1); n <= months; n = next.Add(1) {
				broken, one := tryScript(t, from+n, imagineMonth(from+n), false)
				if len(broken) > 0 {
					wrong.Add(1)
				}
				for i, x := range []int{one.steps, one.syncs, one.faults, one.wiped} {
					sum[i].Add(int64(x))
				}
				if m := done.Add(1); m%100 == 0 || m == months {
					fmt.Printf("%s: %d months, %d steps, %d syncs, %d faults, %d items taken by accidents, %d went wrong\n", time.Since(begin).Round(time.Second),
						m, sum[0].Load(), sum[1].Load(), sum[2].Load(), sum[3].Load(), wrong.Load())
				}
			}
		})
	}
}

// imagineMonth makes the month of a seed: always the same one.
func imagineMonth(seed uint64) script {
	r := rand.New(rand.NewPCG(seed, 30))
	kinds := slices.DeleteFunc(slices.Sorted(maps.Keys(tempers())), func(k string) bool { return tempers()[k].late }) // two devices give such a server a UID twice
	s := script{servers: []string{kinds[r.IntN(len(kinds))], kinds[r.IntN(len(kinds))]}}
	a := &author{r: r, temper: s.temper(), devices: s.devices(), places: actors}
	pauses, items := 400, 4 // hours between two busy moments, at most
	if seed%50 == 0 {
		pauses, items = 48, 14
	}
	for range 2 + r.IntN(items) {
		a.add(a.there(), "create", a.newUID("s"), a.coll(), a.next())
	}
	for _, d := range a.devices {
		if a.add(d, "sync"); a.one(3) {
			a.add(d, "create", a.newUID("d"), a.coll(), a.next())
		}
	}
	for past := time.Duration(0); past < 30*24*time.Hour; {
		pause := time.Duration(r.IntN(pauses)) * time.Hour
		past += pause
		a.add("time", fmt.Sprint(int(pause/time.Second)))
		for range 1 + r.IntN(3) {
			a.stepOfMonth()
		}
	}
	s.steps = a.steps
	return s
}

func (a *author) stepOfMonth() {
	who := a.pick(a.devices...)
	switch n := a.r.IntN(100); {
	case n < 4:
		a.add(a.there(), "wipe", a.coll())
	case n < 7:
		a.add(who, a.pick("wipe", "lose"), a.coll())
	case n < 16:
		a.add(who, "hold", a.pick("right", "right", "wrong"))
	default:
		a.step()
	}
}

// wipe empties a collection there by accident: nobody means it.
func (h *host) wipe(coll *davtest.Collection) {
	gone := held(coll)
	for _, name := range coll.List() {
		coll.Delete(name)
	}
	for k := range gone {
		h.life.accident(k)
	}
}

// wipe empties a directory by accident, or takes it away.
func (d *device) wipe(coll string, whole bool) {
	for _, f := range d.files() {
		if f.coll == coll && f.ok && d.seen[blobName(f.body)] != "" { // what no sync has seen is lost for good
			os.Remove(f.path)
			d.life.accident(f.key())
		}
	}
	if whole && len(slices.DeleteFunc(d.files(), func(f lying) bool { return f.coll != coll })) == 0 {
		os.RemoveAll(filepath.Join(d.vdir(), coll))
	}
}

// accident notes that an item which is meant to be was taken away in one place. What was there alone is lost by that, and not by vgit.
func (l *life) accident(k key) {
	l.model.wiped[k] = true
	l.tally.wiped++
	now := l.look()
	for _, v := range l.model.alive(k, false) {
		if !now.has(k, v) {
			l.model.supersede(k, v.slot, v.n)
		}
	}
}

// tookAway looks for what a sync took away elsewhere of what an accident took: less than a guard holds, or what somebody accepted. Then
// nobody knows any more whether it is to be. It is the same with what a sync put in its place in an older form, since this device never
// saw the newer one: the others cannot tell that from an edit, as with what a person puts there.
func (d *device) tookAway(now sides) {
	l := d.life
	for _, r := range d.reports() {
		for _, s := range r.Done { // it may be back in another form by now
			k := key{s.Collection, s.UID}
			switch {
			case !l.model.wiped[k]:
			case s.Kind == repo.Delete:
				l.model.unsure[k] = true
			case s.Kind == repo.Create && s.Side == repo.There:
				d.putsBackOld(k)
			}
		}
	}
	for k := range l.model.wiped {
		for where, list := range l.before[k] {
			if len(list) > len(now[k][where]) {
				l.model.unsure[k] = true
			}
		}
	}
}

// apart tells whether the two servers had different values of a slot when the sync began, or came to have them by what others did while it
// asked one after the other: then no device can know which is the later one, if it did not see how they came there.
func (l *life) apart(k key, slot string) bool {
	states := []sides{l.before}
	if l.amid {
		states = append(states, l.look())
	}
	return slices.ContainsFunc(states, func(at sides) bool {
		values := map[int]bool{}
		for _, h := range l.hosts {
			for _, s := range at[k][h.name] {
				values[s[slot]] = true
			}
		}
		return len(values) > 1
	})
}

// answerHolds answers all that the last sync held. Right is to refuse what an accident took, and to accept what was meant. It tells
// whether there was anything.
func (d *device) answerHolds(how string) (any bool) {
	l := d.life
	if d.report == nil {
		return false
	}
	opened, err := repo.Open(d.options(nil), true)
	if err != nil {
		return false
	}
	defer opened.Close()
	for i, r := range d.reports() {
		for _, h := range r.Holds() {
			any = true
			accident := false
			for _, s := range h.States {
				k := key{s.Collection, uidIn(r, &h, s)}
				accident = accident || l.model.wiped[k] && !l.model.unsure[k]
			}
			refuse := accident == (how == "right")
			if refuse {
				for _, s := range h.States {
					d.putsBackOld(key{s.Collection, uidIn(r, &h, s)})
				}
			}
			for _, s := range h.States {
				if k := (key{s.Collection, uidIn(r, &h, s)}); refuse || l.model.wiped[k] {
					if !(refuse && l.model.wiped[k] && !l.model.deleted(k)) {
						l.model.unsure[k] = true
					}
				}
			}
			err := opened.AnswerHold(context.Background(), repo.Request{Remotes: d.remotes()[i : i+1]}, h.ID, refuse)
			var none *repo.NoHold
			if err != nil && !errors.As(err, &none) && !errors.Is(err, repo.ErrStays) {
				l.wrong("error", "an answer to a hold: %v", err)
			}
		}
	}
	return any
}

// putsBackOld notes what a refused hold will put back in an older form than others have, since this device never saw theirs. They take
// it for an edit.
func (d *device) putsBackOld(k key) {
	m := d.life.model
	f, ok := d.find(k.uid)
	for _, v := range m.alive(k, false) {
		m.unsure[k] = m.unsure[k] || ok && f.coll == k.coll && f.s[v.slot] != v.n
	}
}

// uidIn is the UID of an item in a hold.
func uidIn(r *repo.RemoteReport, h *repo.Hold, s repo.ItemState) string {
	if r.Plan != nil {
		for _, step := range r.Plan.In(h) {
			if step.Collection == s.Collection && step.Name == s.Name {
				return step.UID
			}
		}
	}
	return ""
}

// tell says what a sync did and what is where now, for who wants to know why a life went wrong.
func (d *device) tell(now sides) {
	fmt.Printf("== %s\n%s", d.life.doing, d.life.open())
	for _, r := range d.reports() {
		for _, s := range r.Done {
			fmt.Printf("   %s done %s %s %s/%s: %s\n", r.Name, s.Side, s.Kind, s.Collection, s.Name, s.Why)
		}
		for _, h := range r.Holds() {
			fmt.Printf("   %s holds %s %s: %s\n", r.Name, h.ID, h.Class, h.Why)
		}
		if r.Err != nil {
			fmt.Printf("   %s failed: %v\n", r.Name, r.Err)
		}
	}
	for k, at := range now {
		fmt.Printf("   %s %v; its story is %s\n", k, at, d.life.model.story(k))
	}
}
