package repo_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"vgit/remote/davtest"
)

// script is a life that is still to be lived: a kind of server, and what happens, one step after the other. It is text, so that
// one that went wrong can be kept: the first line is "server KIND", or with a second server "server KIND KIND", each other one a step.
type script struct {
	servers []string
	steps   []step
}

// step is one thing that happens, as its words. The first is who does it: A and B are two devices, and C is one where there are two servers.
// there is a client that edits on the server, yonder on the second one, time passes. A step that has nothing to act upon, since others were dropped, does nothing.
//
//	A create UID COLL N          a new file; N is the version, or an old one if the vdir lacks the item
//	A edit UID SLOT N            one slot of a file
//	A delete UID                 A rename UID NAME        A swap UID UID       A move UID COLL
//	A bad UID empty|half|nul     A mend                   what a crash left of a file, and its repair from memory
//	A commit    A gc    A repack                          with git
//	A settle theirs|mine N       all that waits
//	A restore UID N              vgit puts back what an item was N versions ago
//	A wipe COLL                  A lose COLL              an accident: all files, and the directory with them
//	A hold right|wrong           answers to what is held: accidents are refused, and what is meant is accepted, or the other way round
//	A sync [allow] [FAULT]       FAULT: disk N kill|power|fail|short, request N WAY, and either with ": STEP" for what others do then
//	there create|edit|delete|move, as above
//	there etags COLL             there tokens COLL        there reimport COLL  there backup COLL    there restore COLL
//	there wipe COLL              an accident
//	time SECONDS
type step []string

func (s step) String() string { return strings.Join(s, " ") }

func (s step) arg(i int) string {
	if i < len(s) {
		return s[i]
	}
	return ""
}

func (s script) String() string {
	lines := []string{"server " + strings.Join(s.servers, " ")}
	for _, st := range s.steps {
		lines = append(lines, st.String())
	}
	return strings.Join(lines, "\n") + "\n"
}

func parseScript(text string) script {
	var s script
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
		case words[0] == "server":
			s.servers = words[1:]
		default:
			s.steps = append(s.steps, words)
		}
	}
	return s
}

// devices are those of a life: one more than servers.
func (s script) devices() []string { return []string{"A", "B", "C"}[:1+len(s.servers)] }

// temper is what is to be known of all its servers together.
func (s script) temper() (all temper) {
	for _, kind := range s.servers {
		t := tempers()[kind]
		all.dropsX, all.careless, all.accountUID = all.dropsX || t.dropsX, all.careless || t.careless, all.accountUID || t.accountUID
		all.trash, all.late, all.parallel = all.trash || t.trash, all.late || t.late, all.parallel || t.parallel
	}
	return all
}

// temper is a kind of server, and what a life has to know of it.
type temper struct {
	opts       []davtest.Option
	dropsX     bool // X- properties are thrown away
	careless   bool // preconditions are not looked at: what others write in the very moment of a PUT is lost, and is not tried
	accountUID bool // a UID is taken once in the account
	trash      bool // what was deleted cannot be made again
	late       bool // what others did may show only later
	requests   int  // of a quiet sync; 0 is 1
	parallel   bool
}

func profile(name string) davtest.Option {
	o, err := davtest.Profile(name)
	if err != nil {
		panic(err)
	}
	return o
}

func tempers() map[string]temper {
	sorts := davtest.RewritesOnPut(davtest.Sort())
	return map[string]temper{
		"keeping":        {},
		"parallel":       {parallel: true},
		"sorting":        {opts: []davtest.Option{sorts}},
		"sorting-lies":   {opts: []davtest.Option{sorts, davtest.ETagThoughRewrote}},
		"stripping":      {opts: []davtest.Option{davtest.RewritesOnPut(davtest.StripX()), davtest.NoETagOnPut}, dropsX: true},
		"stamping":       {opts: []davtest.Option{davtest.RewritesOnPut(davtest.Chain(davtest.Stamp(), davtest.Sort()))}},
		"no-etag-on-put": {opts: []davtest.Option{davtest.NoETagOnPut}},
		"no-tokens":      {opts: []davtest.Option{davtest.NoSyncCollection, davtest.NoTokens}},
		"paging":         {opts: []davtest.Option{davtest.Page(2)}},
		"counting":       {opts: []davtest.Option{davtest.CounterETags}},
		"weak":           {opts: []davtest.Option{davtest.WeakETags}, careless: true},
		"stale":          {opts: []davtest.Option{davtest.StaleReads(3 * time.Second)}, late: true},
		"one-uid":        {opts: []davtest.Option{davtest.UIDPerAccount, davtest.UIDConflict(403)}, accountUID: true},
		"nextcloud":      {opts: []davtest.Option{profile("nextcloud")}, trash: true},
		"sabre-1":        {opts: []davtest.Option{profile("sabre-1")}},
		"radicale":       {opts: []davtest.Option{profile("radicale")}},
		"xandikos":       {opts: []davtest.Option{profile("xandikos")}, parallel: true},
		"davical":        {opts: []davtest.Option{profile("davical")}, late: true},
		"icloud":         {opts: []davtest.Option{profile("icloud")}, accountUID: true},
		"stalwart":       {opts: []davtest.Option{profile("stalwart")}},
		"zimbra":         {opts: []davtest.Option{profile("zimbra")}},
		"posteo":         {opts: []davtest.Option{profile("posteo")}},
	}
}

// author thinks up a life. What it thinks of may turn out to be impossible, and is then skipped.
type author struct {
	r       *rand.Rand
	temper  temper
	devices []string
	places  []string // the servers, as actors
	n       int      // the last version
	uids    []string
	steps   []step
	kept    bool // there is a backup
}

// imagine makes the life of a seed: always the same one.
func imagine(seed uint64, length int) script {
	r := rand.New(rand.NewPCG(seed, 4))
	kinds := slices.Sorted(maps.Keys(tempers()))
	s := script{servers: []string{kinds[r.IntN(len(kinds))]}}
	a := &author{r: r, temper: s.temper(), devices: s.devices(), places: actors[:len(s.servers)]}
	for range 3 + r.IntN(8) {
		a.add("there", "create", a.newUID("s"), a.coll(), a.next())
	}
	a.add("A", "sync")
	if a.one(3) {
		a.add("A", "create", a.newUID("a"), a.coll(), a.next())
	}
	a.add("B", "sync")
	for len(a.steps) < length {
		a.step()
	}
	s.steps = a.steps
	return s
}

func (a *author) add(words ...string) { a.steps = append(a.steps, words) }

func (a *author) one(in int) bool { return a.r.IntN(in) == 0 }

func (a *author) pick(list ...string) string { return list[a.r.IntN(len(list))] }

// there is one of the servers.
func (a *author) there() string {
	if len(a.places) == 1 {
		return a.places[0]
	}
	return a.pick(a.places...)
}

func (a *author) next() string {
	a.n++
	return fmt.Sprint(a.n)
}

func (a *author) coll() string { return a.pick("work", "work", "home") }

func (a *author) newUID(by string) string {
	uid := fmt.Sprintf("%s%d", by, len(a.uids))
	a.uids = append(a.uids, uid)
	return uid
}

// uid prefers items that were talked of lately, so that things happen to the same ones.
func (a *author) uid() string {
	if n := len(a.uids); a.one(2) {
		return a.uids[n-1-a.r.IntN(min(n, 4))]
	}
	return a.uids[a.r.IntN(len(a.uids))]
}

func (a *author) slot() string {
	if a.temper.dropsX {
		return a.pick(slotNames[:3]...)
	}
	return a.pick(slotNames...)
}

func (a *author) step() {
	who := a.pick(a.devices...)
	switch n := a.r.IntN(100); {
	case n < 34:
		a.sync(who)
	case n < 56:
		a.steps = append(a.steps, a.work(who))
	case n < 76:
		a.steps = append(a.steps, a.work(a.there()))
	case n < 78:
		a.add(who, "restore", a.uid(), fmt.Sprint(a.r.IntN(4)))
	case n < 80:
		a.add(who, "settle", a.pick("theirs", "mine"), a.next())
	case n < 84:
		a.add(who, "bad", a.uid(), a.pick("empty", "half", "nul"))
	case n < 86:
		a.add(who, "mend")
	case n < 91:
		a.add("time", a.pick("2", "30", "4000", "700000"))
	case n < 93:
		a.add(who, "swap", a.uid(), a.uid())
	case n < 95:
		a.add(who, a.pick("commit", "commit", "commit", "repack", "gc"))
	case n < 97:
		for range 4 + a.r.IntN(6) { // as many as a guard may hold
			a.add(a.pick(who, who, a.there()), "delete", a.uid())
		}
	default:
		a.admin()
	}
}

// work is what somebody does to one item.
func (a *author) work(who string) step {
	switch n := a.r.IntN(20); {
	case n < 4:
		return step{who, "create", a.newUID(strings.ToLower(who[:1])), a.coll(), a.next()}
	case n < 5 && !a.temper.trash:
		return step{who, "create", a.uid(), a.coll(), a.next()}
	case n < 13:
		return step{who, "edit", a.uid(), a.slot(), a.next()}
	case n < 16:
		return step{who, "delete", a.uid()}
	case n < 18 && !slices.Contains(actors, who):
		return step{who, "rename", a.uid(), "r" + a.next()}
	case n < 19 && !a.temper.trash:
		return step{who, "move", a.uid(), a.pick("work", "home")}
	}
	return step{who, "edit", a.uid(), a.slot(), a.next()}
}

// saves is what a user does to one item in the middle of a sync. It moves no file: a deletion may be on its way to the old name.
func (a *author) saves(who string) step {
	if a.one(4) {
		return step{who, "delete", a.uid()}
	}
	return step{who, "edit", a.uid(), a.slot(), a.next()}
}

// admin is what happens to a whole collection there.
func (a *author) admin() {
	switch coll := a.coll(); a.r.IntN(6) {
	case 0:
		a.add(a.there(), "etags", coll)
	case 1, 2:
		a.add(a.there(), "tokens", coll)
	case 3:
		if !a.temper.trash && !a.temper.accountUID {
			a.add(a.there(), "reimport", coll)
		}
	case 4:
		a.add(a.there(), "backup", "work")
		a.kept = true
	case 5:
		if a.kept {
			a.add(a.there(), "restore", "work")
		}
	}
}

// sync is a sync, and in half of the cases something that goes wrong, or happens, in the middle of it.
func (a *author) sync(who string) {
	s := step{who, "sync"}
	if a.one(3) {
		s = append(s, "allow")
	}
	if a.one(6) {
		s = append(s, "choose", a.next())
	}
	far := 1 << (1 + a.r.IntN(7)) // early things as often as late ones
	switch n := a.r.IntN(20); {
	case n < 4:
		s = append(s, "disk", fmt.Sprint(1+a.r.IntN(far)), a.pick("kill", "kill", "power", "fail", "short"))
	case n < 5:
		s = append(append(s, "disk", fmt.Sprint(1+a.r.IntN(far)), ":"), a.saves(who)...)
	case n < 9:
		way := a.pick("drop", "drop-after", "drop-after", "reset", "kill", "kill-after", "stop", "stop", "401", "412", "500", "503", "423", "429", "truncate", "html", "repeat")
		s = append(s, "request", fmt.Sprint(1+a.r.IntN(min(far, 20))), way)
	case n < 11:
		if !a.temper.careless {
			s = append(append(s, "request", fmt.Sprint(1+a.r.IntN(min(far, 20))), ":"), a.meanwhile()...)
		}
	}
	a.steps = append(a.steps, s)
}

// meanwhile is what a second client may do in the middle of a sync. It makes no item: two may have one UID then.
func (a *author) meanwhile() step {
	if a.one(4) {
		return step{a.there(), "delete", a.uid()}
	}
	return step{a.there(), "edit", a.uid(), a.slot(), a.next()}
}
