package repo_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vgit/repo"
)

// git runs git in the vdir, without the machine's own configuration.
func (d *device) git(args ...string) (string, error) {
	w := &world{dir: d.vdir(), t: d.life.t}
	return w.tryGit(args...)
}

// sides is what is where at one moment: each item on the server and in either vdir.
type sides map[key]map[string][]slots

func (s sides) add(k key, where string, what slots) {
	if s[k] == nil {
		s[k] = map[string][]slots{}
	}
	s[k][where] = append(s[k][where], what)
}

func (s sides) has(k key, v value) bool {
	for _, list := range s[k] {
		if slices.ContainsFunc(list, func(x slots) bool { return x[v.slot] == v.n }) {
			return true
		}
	}
	return false
}

// look reads all sides, and minds what nobody ever wrote.
func (l *life) look() sides {
	found := sides{}
	see := func(where, coll, uid string, s slots) {
		k := key{coll, uid}
		found.add(k, where, s)
		for name, n := range s {
			if n != 0 && !l.model.written(k, value{name, n}) || s["SUMMARY"] == 0 {
				l.wrong("invented", "%s on %s is %v; its story is %s", k, where, s, l.model.story(k))
			}
		}
	}
	for _, h := range l.hosts {
		for id, coll := range h.colls {
			for _, name := range coll.List() {
				body, _ := coll.Get(name)
				if uid, s, ok := decompose(body); ok {
					see(h.name, id, uid, s)
				} else {
					l.wrong("invented", "%s/%s on %s is %q", id, name, h.name, body)
				}
			}
		}
	}
	for _, d := range l.devices {
		for _, f := range d.files() {
			if f.ok {
				see(d.name, f.coll, f.uid, f.s)
			} else if d.whole[f.path] == nil {
				l.wrong("invented", "%s is %q", f.path, f.body)
			}
		}
		for p, body := range d.whole {
			if uid, s, ok := decompose(body); ok {
				found.add(key{filepath.Base(filepath.Dir(p)), uid}, d.name+" remembers", s)
			}
		}
		for _, f := range d.leftovers() {
			if f.ok {
				found.add(f.key(), d.name+" left over", f.s)
			}
		}
	}
	return found
}

// slots are those that a life can rely on: some servers throw one away.
func (l *life) slots() []string {
	if l.temper.dropsX {
		return slotNames[:3]
	}
	return slotNames
}

// alike compares what two sides have of an item.
func (l *life) alike(a, b []slots) bool {
	return slices.EqualFunc(a, b, func(x, y slots) bool {
		return !slices.ContainsFunc(l.slots(), func(name string) bool { return x[name] != y[name] })
	})
}

// check is what holds after every sync, whatever happened in it. clean tells that nothing did.
func (d *device) check(clean bool) {
	l := d.life
	now := l.look()
	d.tookAway(now)
	if os.Getenv("VGIT_TELL") != "" {
		d.tell(now)
	}
	for k := range l.model.intents {
		for _, v := range l.model.alive(k, true) {
			if !now.has(k, v) && slices.Contains(l.slots(), v.slot) {
				l.wrong("lost", "%s of %s is nowhere: %v; its story is %s", v, k, now[k], l.model.story(k))
			}
		}
	}
	for k, at := range now {
		for where, list := range at {
			if len(list) > 1 && (slices.Contains(hostNames, where) || where == d.name && !l.temper.late) {
				l.wrong("twice", "%s is %d times on %s: %v", k, len(list), where, list)
			}
		}
	}
	l.careful()
	d.reasons()
	if clean {
		d.meet(now)
	}
	if clean && !d.missed && !l.temper.late {
		d.silent(now)
	}
	d.missed = !clean
	if d.report != nil {
		for _, p := range d.problems() {
			if strings.Contains(fmt.Sprint(p.What, p.Hint, p.Err), password) {
				l.wrong("secret", "%v", p)
			}
		}
	}
}

// meet notes which versions this device is known to share with the server. If none does, a create may have been taken for one
// that never arrived, and is made once more although somebody else deleted the item.
func (d *device) meet(now sides) {
	for k, at := range now {
		if list := at[d.name]; len(list) == 1 && d.life.onAll(at, list) {
			for _, e := range d.life.model.intents[k] {
				if e.n != 0 && list[0][e.slot] == e.n && !e.over && !strings.Contains(e.met, d.name) {
					e.met += d.name
				}
			}
		}
	}
}

// reasons looks for items that wait although nobody disagrees: a conflict that was made up.
func (d *device) reasons() {
	l := d.life
	if d.report == nil || l.temper.dropsX || l.temper.late {
		return
	}
	waits := map[key]bool{}
	for _, s := range d.inState(repo.Waits) {
		k := key{s.Collection, s.UID}
		waits[k] = true
		if l.model.returned(k) || l.model.deleted(k) || d.again(k, s) || l.model.wiped[k] || len(l.hosts) > 1 && strings.Contains(s.Why, "no common state") {
			continue // a deletion may not have come to the server yet, and the value that it ends stands there
		}
		for _, c := range s.Conflicts {
			if name, ok := conflictSlots[c.Slot]; !ok || len(l.model.contended(k, name)) < 2 && !l.apart(k, name) {
				l.wrong("conflict", "%s waits (%s), and only %v is meant; its story is %s", k, s.Why, l.model.alive(k, false), l.model.story(k))
			}
		}
	}
	maps.DeleteFunc(d.took, func(k key, _ bool) bool { return !waits[k] })
}

// again tells whether an item waits a second time, since the user took the other side and edited that before any sync knew, or since
// there is no pair that could have moved.
func (d *device) again(k key, s *repo.Step) bool {
	edited, took := d.took[k]
	return edited || took && strings.Contains(s.Why, "no common state")
}

// careful looks for writes that name no state which they replace (I6).
func (l *life) careful() {
	for _, h := range l.hosts {
		for _, q := range h.server.Requests() {
			if (q.Method == "PUT" || q.Method == "DELETE") && q.Header.Get("If-Match") == "" && q.Header.Get("If-None-Match") == "" && !h.temper.careless {
				l.wrong("blind", "%s %s on %s has no precondition", q.Method, q.Path, h.name)
			}
		}
	}
}

// silent looks for what differs after a sync that nothing disturbed, and that it did not tell of (I7).
func (d *device) silent(now sides) {
	told := map[string]bool{}
	for _, r := range d.reports() {
		if r.Plan == nil {
			continue
		}
		for _, s := range r.Plan.Steps {
			if s.State != repo.Do || s.Answered.Refuse { // what is put back may be what the other side deleted: the next sync sees that
				told[s.Collection+"/"+s.UID], told[s.Collection+"/"+s.Name] = true, true
			}
			if s.Kind == repo.Whole {
				return
			}
		}
	}
	if len(d.problems()) > 0 || len(d.whole) > 0 {
		return
	}
	for k, at := range now {
		if !d.life.onAll(at, at[d.name]) && !told[k.String()] {
			d.life.wrong("silent", "%s differs after a sync that said nothing of it: %v; its story is %s; told %v", k, at, d.life.model.story(k), slices.Collect(maps.Keys(told)))
		}
	}
}

// end heals what is open, as a person would, and then looks at everything.
func (l *life) end() {
	const rounds = 8
	l.pass(8 * 24 * time.Hour) // the full listing of each week is due: some servers tell of deletions nowhere else
	for round := 0; ; round++ {
		busy := false
		for _, d := range l.devices {
			l.doing = fmt.Sprintf("the end, round %d, %s", round, d.name)
			l.pass(time.Hour)
			d.mend()
			if l.answers {
				d.disturbed(nil)
				busy = d.answerHolds("right") || busy
			} else {
				d.disturbed([]string{"allow"})
			}
			if len(l.broken) > 0 {
				return
			}
			busy = d.tidy(1000+10*round) || busy
		}
		if !busy {
			break
		}
		if round == rounds {
			l.wrong("restless", "%d rounds do not bring it to an end: %s", rounds, l.open())
			return
		}
	}
	if len(l.hosts) > 1 { // what other devices sent in vain changed etags and nothing else, and such news are kept once a day
		l.pass(25 * time.Hour)
		for _, d := range l.devices {
			d.disturbed(nil)
		}
	}
	l.equal()
	for _, d := range l.devices {
		l.doing = "the end, " + d.name
		d.quiet()
		if len(l.hosts) == 1 || d == l.devices[l.tally.steps%len(l.devices)] { // git is slow
			d.sound()
		}
	}
}

// open tells what the devices have still to say.
func (l *life) open() (text string) {
	for _, d := range l.devices {
		text += d.name + ":"
		for _, r := range d.reports() {
			if r.Plan == nil {
				continue
			}
			for _, s := range r.Plan.Steps {
				text += fmt.Sprintf(" [%s %s %s %s %s/%s: %s]", r.Name, s.State, s.Side, s.Kind, s.Collection, s.Name, s.Why)
			}
		}
		for _, p := range d.problems() {
			text += fmt.Sprintf(" [%s %s/%s %s]", p.Remote, p.Collection, p.Name, p.What)
		}
		text += "\n"
	}
	return text
}

// reports are those of the last sync, one for each server.
func (d *device) reports() []*repo.RemoteReport {
	if d.report == nil {
		return nil
	}
	return d.report.Remotes
}

// inState are the steps of the last plans in one state.
func (d *device) inState(state repo.StepState) (steps []*repo.Step) {
	for _, r := range d.reports() {
		if r.Plan != nil {
			steps = append(steps, r.Plan.InState(state)...)
		}
	}
	return steps
}

// problems are what the last sync told of.
func (d *device) problems() (all []repo.Problem) {
	for _, r := range d.reports() {
		all = append(all, r.AllProblems()...)
	}
	return all
}

// onAll tells whether every server has of an item what a place has.
func (l *life) onAll(at map[string][]slots, list []slots) bool {
	return !slices.ContainsFunc(l.hosts, func(h *host) bool { return !l.alike(at[h.name], list) })
}

// tidy settles what a sync left to the user, and tells whether there was anything, or the sync did anything.
func (d *device) tidy(n int) bool {
	if d.report == nil {
		return false
	}
	busy := len(d.problems()) > 0
	for _, r := range d.reports() {
		busy = busy || len(r.Done) > 0
	}
	if len(d.inState(repo.Waits)) > 0 {
		busy = true
		d.settle([]string{"theirs", "mine"}[n/10%2], n)
	}
	for _, s := range d.inState(repo.Refused) {
		busy = true
		d.giveUp(s)
	}
	return busy || len(d.inState(repo.Held)) > 0
}

// giveUp removes a file that the server will not have: it has the item elsewhere, or in its trash.
func (d *device) giveUp(s *repo.Step) {
	l := d.life
	h := l.hosts[slices.Index(hostNames, s.Remote)]
	for _, f := range d.files() {
		coll, _, _ := h.find(f.uid)
		taken := h.temper.accountUID && coll != nil && coll.ID() != f.coll || h.temper.trash && coll == nil
		if f.path == filepath.Join(d.vdir(), s.Collection, s.Name) && taken {
			l.model.remove(f.key(), f.s)
			os.Remove(f.path)
		}
	}
}

// equal is I1 and I2: what is alive is everywhere, once, and what is not is nowhere.
func (l *life) equal() {
	now := l.look()
	for k := range l.model.intents {
		at := now[k]
		if len(at["server"]) > 1 || !l.everywhere(at) {
			l.wrong("unequal", "%s is %v; its story is %s", k, at, l.model.story(k))
			continue
		}
		for _, name := range l.slots() {
			alive, sure := l.model.aliveIn(k, name, false), l.model.aliveIn(k, name, true)
			if len(sure) > 0 && (len(sure) > 1 || len(at["server"]) == 0 || at["server"][0][name] != sure[0].n) && len(sure) == len(alive) {
				l.wrong("lost", "%s should have %v and is %v; its story is %s", k, sure, at, l.model.story(k))
			}
		}
		if len(l.model.alive(k, false)) == 0 && len(at["server"]) > 0 && !l.model.returned(k) && l.model.met(k, at["server"][0], len(l.devices)) && !l.temper.late {
			l.wrong("back", "%s was deleted and is at %v; its story is %s", k, at, l.model.story(k))
		}
	}
}

// everywhere tells whether all places have the same of an item.
func (l *life) everywhere(at map[string][]slots) bool {
	return l.onAll(at, at["server"]) && !slices.ContainsFunc(l.devices, func(d *device) bool { return !l.alike(at[d.name], at["server"]) })
}

// returned tells whether a slot of an item ever held one value twice, or was empty twice: then nobody can tell what was deleted.
func (m *model) returned(k key) bool {
	return m.unsure[k] || m.emptied[k] || slices.ContainsFunc(m.intents[k], func(e *intent) bool { return e.again })
}

// met tells whether all devices shared all that an item has with the server while its time was not over.
func (m *model) met(k key, s slots, devices int) bool {
	for name, n := range s {
		if !slices.ContainsFunc(m.intents[k], func(e *intent) bool { return e.value == value{name, n} && len(e.met) == devices }) {
			return false
		}
	}
	return true
}

// quiet is the sync that finds nothing: one request, and nothing on the disk changes.
func (d *device) quiet() {
	l := d.life
	w := &world{dir: d.vdir(), t: l.t}
	before := w.everything()
	l.pass(time.Minute)
	for _, h := range l.hosts {
		h.server.ResetLog()
	}
	if err := d.sync(false, nil); err != nil {
		l.wrong("error", "the quiet sync: %v", err)
	}
	for _, h := range l.hosts {
		if n, want := len(h.server.Requests()), max(h.temper.requests, 1); n != want {
			var all []string
			for _, q := range h.server.Requests() {
				all = append(all, q.Method+" "+q.Path)
			}
			l.wrong("loud", "a quiet sync made %d requests to %s, want %d: %q", n, h.name, want, all)
		}
	}
	if diff := changedFiles(before, w.everything()); len(diff) > 0 {
		l.wrong("loud", "a quiet sync changed %q", diff)
	}
	for name := range before {
		if strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".lock") || strings.HasSuffix(name, ".keep") || strings.Contains(name, "tmp_") {
			l.wrong("leftover", "%s", name)
		}
	}
	for _, h := range l.hosts {
		if _, err := os.Stat(filepath.Join(d.vdir(), ".git/refs/vgit/"+h.name+"/pending")); err == nil {
			l.wrong("leftover", "pending")
		}
	}
}

// sound is I3 and I4, with git itself: the repository is whole, the lines are apart, and every version is in it.
func (d *device) sound() {
	l := d.life
	if out, err := d.git("fsck", "--full", "--strict", "--no-dangling"); err != nil || strings.TrimSpace(out) != "" {
		l.wrong("fsck", "%v %s", err, out)
	}
	if out, err := d.git("status", "--porcelain"); err != nil || out != "" {
		l.wrong("status", "%v %s", err, out)
	}
	out, err := d.git("rev-list", "--objects", "--all")
	if err != nil {
		l.wrong("git", "%v", err)
	}
	for blob, what := range d.seen {
		if !strings.Contains(out, blob) {
			l.wrong("history", "%s (%s) is reachable from no ref", what, blob)
		}
	}
	main, _ := d.git("rev-list", "--first-parent", "main")
	for _, h := range l.hosts {
		there, _ := d.git("rev-list", h.name+"/main")
		for _, c := range strings.Fields(main) {
			if strings.Contains(there, c) {
				l.wrong("lines", "%s of main is an ancestor of the tracking branch of %s", c, h.name)
			}
		}
	}
}
