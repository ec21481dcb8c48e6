package repo

import (
	"fmt"
	"maps"
	"slices"

	"vgit/merge"
	"vgit/repo/item"
	"vgit/repo/store"
)

// View is all that Decide is told of one collection.
type View struct {
	Collection string
	// BaseLocal and BaseThere are the two halves of the agreed pairs; an item is in both or in none.
	BaseLocal, BaseThere Items
	// Local is what the vdir holds, There what the snapshot holds; unknown items are carried in both.
	Local, There Items
	// Status has the hrefs and UIDs of There. nil: the remote has no such collection.
	Status *Status
	// Limits are what the collection was seen to take.
	Limits Limits
	// Gone says why the collection is not shown by its account any more, "" if it is (P12).
	Gone string
	// Vanished: the directory is missing in the vdir, or the whole worktree is (F63, F64). Local is then what main held.
	Vanished bool
	// Aside: nothing is decided here, but what left another collection may have come here.
	Aside bool
	// Unread: the remote could not be asked about it in this run. What is known of it may be old, and a server that takes a UID
	// twice would get a second copy of what somebody else has put there; so nothing is sent (and the collection is Aside).
	Unread bool
	// Unsure are UIDs of items of which nobody knows whether they are gone there or in another place.
	Unsure map[string]bool
	// Unknown are files of which nothing can be concluded; they are reported already.
	Unknown map[string]bool
	// Create is the configured answer for a collection that is only here: "ask", "yes", "no".
	Create string
}

// Limits say what a collection takes. The zero value takes everything.
type Limits struct {
	ReadOnly   bool
	Components []string // nil: all
	MaxSize    int64    // 0: not said
}

// Choice are the options of one sync that Decide obeys.
type Choice struct {
	Remote       string
	AllowDeletes int    // that many deletions pass the guard in this run
	Only         string // "pull", "push" or "" for both
	Refusals     map[string]Refusal
}

// Read gives the parsed item of a blob. Decide calls it only for items that changed.
type Read func(store.Hash) (*item.Item, error)

// Decide compares each side with its own half of the base and says what is to be done. It is pure: it reads nothing but
// through read, writes nothing, and gives the same plan for the same input. What cannot be known is left as it is.
func Decide(views []View, read Read, c Choice) *Plan {
	p := &Plan{}
	for i := range views {
		d := &decider{View: &views[i], read: read, choice: c, plan: p}
		d.collection()
	}
	pairMoves(p)
	strandedMoves(p, views, read)
	guardDeletes(p, views, c)
	p.Steps = slices.DeleteFunc(p.Steps, func(s Step) bool {
		return c.Only == "pull" && s.Side == There && s.Kind != Agree || c.Only == "push" && s.Side == Here && s.Kind != Agree
	})
	return p
}

// decider works on one collection.
type decider struct {
	*View
	read   Read
	choice Choice
	plan   *Plan
	uids   map[string]int // how many rows have this UID
	local  map[string]int // how many new local files have it
}

// four are the versions of one item: the base pair and both sides of today. Zero: absent.
type four struct{ l0, r0, l1, r1 store.Hash }

func (d *decider) collection() {
	switch {
	case d.Aside:
		return
	case d.Status == nil:
		if len(d.Local) > 0 && d.Create != "no" {
			d.hold("new collection", "only here, and collections are not made on the server yet; make one of this name there, or leave it out in collections")
		}
		return
	case d.Gone != "":
		d.hold("collection gone there", d.Gone)
		return
	case d.Vanished:
		d.hold("directory gone here", "its directory is missing in the vdir; put it back")
		return
	}
	changed := d.changed()
	d.countUIDs(changed)
	for _, name := range changed {
		d.item(name)
	}
}

// hold keeps back everything in this collection.
func (d *decider) hold(class, why string) {
	d.plan.Steps = append(d.plan.Steps, Step{Remote: d.choice.Remote, Collection: d.Collection, Kind: Whole, State: Held, Hold: class, Why: why})
}

// changed lists, in order, the names for which there is anything to decide.
func (d *decider) changed() []string {
	set := map[string]bool{}
	look := func(now, before Items) {
		for name, h := range now {
			if before[name] != h {
				set[name] = true
			}
		}
		for name, h := range before {
			if _, still := now[name]; !still && !h.IsZero() {
				set[name] = true
			}
		}
	}
	look(d.Local, d.BaseLocal)
	look(d.There, d.BaseThere)
	return slices.Sorted(maps.Keys(set))
}

// countUIDs finds UIDs that stand twice, among the rows there and among the new files here. Nothing is counted when no file
// is new or changed here, since then nothing is sent.
func (d *decider) countUIDs(changed []string) {
	d.uids, d.local = map[string]int{}, map[string]int{}
	sends := slices.ContainsFunc(changed, func(n string) bool { return d.Local[n] != d.BaseLocal[n] })
	if !sends {
		return
	}
	for i := range d.Status.Rows {
		if uid := d.Status.Rows[i].UID; uid != "" {
			d.uids[uid]++
		}
	}
	for _, name := range changed {
		if h := d.Local[name]; !h.IsZero() && d.Status.row(name) == nil {
			if it, err := d.read(h); err == nil && uidOf(it) != "" {
				d.local[uidOf(it)]++
			}
		}
	}
}

// item decides one item.
func (d *decider) item(name string) {
	v := four{l0: d.BaseLocal[name], r0: d.BaseThere[name], l1: d.Local[name], r1: d.There[name]}
	if d.Unknown[name] {
		return
	}
	row := d.Status.row(name)
	if row != nil && row.Flags.Stale != 0 { // P77
		if v.l1 != v.l0 {
			d.plan.Problems = append(d.plan.Problems, Problem{Remote: d.choice.Remote, Collection: d.Collection, Name: name, What: stillOld, Severity: Temporary})
		}
		return
	}
	if row != nil && row.Flags.Broken {
		v.r1 = v.r0 // P62: it stands in the snapshot and nowhere else
	}
	if v.l1 != v.l0 && !v.l1.IsZero() {
		it, err := d.read(v.l1)
		if err != nil {
			d.problem(name, "cannot be read from the repository", err)
			return
		}
		if it.State() == item.Broken {
			d.step(name, v, Step{Side: There, Kind: Update, State: Refused, Why: it.Problem() + "; it stays here and is not sent"})
			v.l1 = v.l0
		}
	}
	if v.l1 == v.l0 && v.r1 == v.r0 {
		return
	}
	if step, ok := d.table(v); ok {
		d.step(name, v, d.allowed(name, v, step))
	}
}

// stillOld is said of an item whose PUT was accepted and whose read-back shows the version before: a server that answers from
// a cache, or one that does not keep the change.
const stillOld = "was sent, and the server still shows the version before; it is looked at again"

// table is the whole decision for one item: the nine cases of (absent, same, changed) on each side, for items that move as a
// whole. Without a base the two sides are joined and nothing is ever deleted.
func (d *decider) table(v four) (Step, bool) {
	if v.l0.IsZero() || v.r0.IsZero() {
		switch {
		case v.l1.IsZero() && v.r1.IsZero():
			return Step{}, false
		case v.r1.IsZero():
			return Step{Side: There, Kind: Create, Why: "new here"}, true
		case v.l1.IsZero():
			return Step{Side: Here, Kind: Create, Why: "new there"}, true
		case d.same(v.l1, v.r1):
			return Step{Kind: Agree, Why: "both sides have it"}, true
		}
		return Step{State: Waits, Why: "both sides have it, differently, and no common state is known"}, true
	}
	here, there := d.strong(v.l0, v.l1), d.strong(v.r0, v.r1)
	goneHere, goneThere := v.l1.IsZero(), v.r1.IsZero()
	switch {
	case goneHere && goneThere:
		return Step{Kind: Agree, Why: "deleted on both sides"}, true
	case !here && !there:
		return Step{Kind: Agree, Why: "written differently, the same in substance"}, true
	case goneHere && there:
		return Step{Side: Here, Kind: Create, Why: "deleted here, changed there: it comes back"}, true
	case !goneHere && !goneThere && d.same(v.l1, v.r1): // the same change, or one side was made like the other
		return Step{Kind: Agree, Why: "both sides are the same now"}, true
	case here && there && goneThere:
		return Step{State: Waits, Why: "changed here, deleted there"}, true
	case here && there:
		return Step{State: Waits, Why: "changed on both sides, differently"}, true
	case goneHere:
		return Step{Side: There, Kind: Delete, Why: "deleted here"}, true
	case goneThere:
		return Step{Side: Here, Kind: Delete, Why: "deleted there"}, true
	case d.strong(v.l0, v.r0):
		return Step{State: Waits, Why: "changed on one side, and the two sides differed before"}, true
	case here:
		return Step{Side: There, Kind: Update, Why: "changed here"}, true
	}
	return Step{Side: Here, Kind: Update, Why: "changed there"}, true
}

// strong tells whether b is another item than a in substance. Presence against absence is.
func (d *decider) strong(a, b store.Hash) bool {
	if a == b {
		return false
	}
	return a.IsZero() || b.IsZero() || !d.same(a, b)
}

// same tells whether two bodies differ at most in bookkeeping and weak ways. What cannot be read is not the same.
func (d *decider) same(a, b store.Hash) bool {
	if a == b {
		return true
	}
	x, err := d.read(a)
	if err != nil {
		return false
	}
	y, err := d.read(b)
	if err != nil {
		return false
	}
	return merge.Compare(x, y) < merge.Strong
}

// allowed refuses what the collection or the state of the item forbids to send.
func (d *decider) allowed(name string, v four, s Step) Step {
	if s.Side != There || s.Kind == Agree || s.State == Waits {
		return s
	}
	if why := d.forbids(name, v, s.Kind); why != "" {
		s.State, s.Why = Refused, why
	}
	return s
}

func (d *decider) forbids(name string, v four, kind StepKind) string {
	uid := ""
	if row := d.Status.row(name); row != nil {
		uid = row.UID
	}
	if d.Limits.ReadOnly {
		return "the collection is read-only on the server"
	}
	if d.Unsure[uid] {
		return "the server does not say whether it went to another place; it is sent once that is known"
	}
	if kind == Delete {
		if uid != "" && d.local[uid] > 0 {
			return fmt.Sprintf("another file here has the UID %q; it is not clear which one it is now", uid)
		}
		if r, ok := d.choice.Refusals[d.Collection+"/"+name]; ok && r.holds(store.Hash{}, d.Limits) {
			return r.Why
		}
		return d.twin(uid, 1)
	}
	it, err := d.read(v.l1)
	if err != nil {
		return "cannot be read from the repository"
	}
	if kind == Create {
		if several(it) {
			return "holds several items; one file may hold one"
		}
		if d.local[uidOf(it)] > 1 {
			return fmt.Sprintf("another new file here has the same UID %q", uidOf(it))
		}
		if why := d.twin(uidOf(it), 0); why != "" {
			return why
		}
	} else if why := d.twin(uid, 1); why != "" {
		return why
	}
	if r, ok := d.choice.Refusals[d.Collection+"/"+name]; ok && r.holds(v.l1, d.Limits) {
		return r.Why
	}
	return d.Limits.refuse(it)
}

// several (F76) tells whether an item holds more than one UID: an export of a whole calendar, not one item.
func several(it *item.Item) bool {
	if it.State() != item.Opaque {
		return false
	}
	uids := map[string]bool{}
	for top := range it.Tree().Components() {
		for c := range top.Components() {
			if uid := c.Leaf("UID"); uid != nil && c.Name != "VTIMEZONE" {
				uids[uid.Value()] = true
			}
		}
	}
	return len(uids) > 1
}

// twin says why a write to an item is not done if more than own rows there have its UID (P64, F73).
func (d *decider) twin(uid string, own int) string {
	if uid == "" || d.uids[uid] <= own {
		return ""
	}
	if own == 0 {
		return fmt.Sprintf("another item has the same UID %q; give the copy one of its own", uid)
	}
	return fmt.Sprintf("the server holds several items with the UID %q", uid)
}

func (l Limits) refuse(it *item.Item) string {
	if c := it.Component(); len(l.Components) > 0 && c != "" && c != "VCARD" && !slices.Contains(l.Components, c) {
		return fmt.Sprintf("the collection takes no %s on the server", c)
	}
	if n := int64(len(it.Bytes())); l.MaxSize > 0 && n > l.MaxSize {
		return fmt.Sprintf("it has %d bytes, the server takes %d", n, l.MaxSize)
	}
	return ""
}

// step completes a step and adds it to the plan.
func (d *decider) step(name string, v four, s Step) {
	s.Remote, s.Collection, s.Name = d.choice.Remote, d.Collection, name
	if s.State == "" {
		s.State = Do
	}
	if row := d.Status.row(name); row != nil {
		s.UID, s.Href, s.ETag, s.Schedule = row.UID, row.Href, row.ETag, row.Schedule
	}
	s.Local, s.There = v.l1, v.r1
	switch {
	case s.Side == Here:
		s.Before, s.After, s.Local = v.l1, v.r1, v.r1
	case s.Side == There && s.Kind == Delete:
		s.Before = v.r1
	case s.Side == There:
		s.Before, s.After = v.r1, v.l1
	}
	if s.Kind != Agree {
		d.describe(&s, v)
	}
	d.plan.Steps = append(d.plan.Steps, s)
}

// describe takes the title from whichever version there is, the newest first.
func (d *decider) describe(s *Step, v four) {
	for _, h := range []store.Hash{s.After, v.l1, v.r1, v.l0, v.r0} {
		if h.IsZero() {
			continue
		}
		if it, err := d.read(h); err == nil {
			s.Title, s.When = it.Summary(), it.When()
			if s.UID == "" {
				s.UID = uidOf(it)
			}
			return
		}
	}
}

func (d *decider) problem(name, what string, err error) {
	d.plan.Problems = append(d.plan.Problems, Problem{Remote: d.choice.Remote, Collection: d.Collection, Name: name, What: what, Severity: Lasting, Err: err})
}

// pairMoves finds items that left one collection and came up in another, on the same side. The delete then needs the create,
// and neither counts as a deletion (G5, P89, X19).
func pairMoves(p *Plan) {
	type key struct {
		side Side
		uid  string
	}
	created := map[key]*Step{}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Kind == Create && s.UID != "" {
			created[key{s.Side, s.UID}] = s
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Kind != Delete || s.State != Do || s.UID == "" {
			continue
		}
		c := created[key{s.Side, s.UID}]
		if c == nil || c.Collection == s.Collection {
			continue
		}
		s.Needs, s.Why = c.Collection+"/"+c.Name, "moved to "+c.Collection
		if c.State != Do {
			s.State, s.Why = Refused, "moved to "+c.Collection+", where it cannot go: "+c.Why
		}
	}
}

// strandedMoves keeps items that the user moved into a collection that takes part in nothing: they would be nowhere there.
func strandedMoves(p *Plan, views []View, read Read) {
	var at map[string]*View
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Kind != Delete || s.Side != There || s.State != Do || s.UID == "" || s.Needs != "" {
			continue
		}
		if at == nil {
			at = stranded(views, read)
		}
		switch v := at[s.UID]; {
		case v == nil || v.Collection == s.Collection:
		case v.Unread:
			s.State = later
		default:
			s.State, s.Why = Refused, "moved to "+v.Collection+", which is not synced now; it stays on the server until it can go there"
		}
	}
	p.Steps = slices.DeleteFunc(p.Steps, func(s Step) bool { return s.State == later })
}

// later marks a step that is left out of the plan, since it would come too early; why is told of its collection.
const later StepState = "later"

// stranded finds, by UID, in which collection that takes part in nothing an item came up.
func stranded(views []View, read Read) map[string]*View {
	at := map[string]*View{}
	for i := range views {
		v := &views[i]
		if !v.Aside && v.Status != nil && v.Gone == "" && !v.Vanished {
			continue
		}
		for name, h := range v.Local {
			if v.BaseLocal[name] == h {
				continue
			}
			if it, err := read(h); err == nil && uidOf(it) != "" {
				at[uidOf(it)] = v
			}
		}
	}
	return at
}

// guardDeletes holds the deletions of one side in one collection if they are more than five and more than a tenth of it,
// unless this run was told to allow as many.
func guardDeletes(p *Plan, views []View, c Choice) {
	const least, share = 5, 10
	type class struct {
		coll string
		side Side
	}
	count := map[class]int{}
	for _, s := range p.Steps {
		if s.Kind == Delete && s.State == Do && s.Needs == "" {
			count[class{s.Collection, s.Side}]++
		}
	}
	total := 0
	for _, v := range views {
		for _, side := range []Side{Here, There} {
			k := class{v.Collection, side}
			if n := count[k]; n > least && n*share > len(v.BaseLocal) {
				total += n
			} else {
				delete(count, k)
			}
		}
	}
	if total <= c.AllowDeletes {
		return
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		n := count[class{s.Collection, s.Side}]
		if n == 0 || s.Kind != Delete || s.State != Do || s.Needs != "" {
			continue
		}
		s.State, s.Hold = Held, holdClass[s.Side]
	}
}

var holdClass = map[Side]string{Here: "pull deletions", There: "push deletions"}
