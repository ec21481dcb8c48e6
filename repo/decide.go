package repo

import (
	"maps"
	"slices"
	"time"

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
	// Remapped says that the configuration names another partner for it, and what to do, "" if it does not (F110).
	Remapped string
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
	// Bare: a directory that is only here has neither items nor property files. Like is the collection that it may have been under
	// another name, when that is not sure.
	Bare bool
	Like string
	// Create is the configured answer for a collection that is only here: "ask", "yes", "no".
	Create string
	// Shown has the items whose files vgit wrote while their pairs stayed, Answers what a person said of items, by name.
	Shown   map[string]Shown
	Answers map[string][]Answer
	// Accepted are the states of items of which a person accepted what is to be done: the guard counts and holds nothing of them.
	// PutBack are the names of items that this run puts back where they were, since a person refused a hold or undid a sync: they
	// are neither additions nor a rollback (G20, G23).
	Accepted map[ItemState]bool
	PutBack  map[string]bool
	// Restored are those of them whose files a person had put back. What is sent of them is marked as new.
	Restored map[string]Restored
	// Taken are the items whose files a person had taken away by a restore or undo.
	Taken map[string]bool
	// Between are the items that one side deleted and the other changed, and of which another remote had or did the one: then the edit
	// stays, and nobody is asked.
	Between map[string]bool
	// Brought are items and properties that another remote has as they are here. Edits that are put back are none of them.
	Brought map[string]bool
	// Landed are items of which an interrupted push sent something that others changed since.
	Landed map[string]bool
	// Passed are versions that the vdir held since the pair, of items that the remote holds like that now: what was done here since then is
	// all that there is to send.
	Passed Items
	// Properties are those that are synced, as far as they are known on both sides.
	Properties []PropertyView
	// Shifted are the bodies as they were sent, of items whose time the server moved.
	Shifted Items

	said   map[string]*HoldAnswer // what is to be done with items of holds, by name
	lifted *HoldAnswer            // of the hold on all of it
}

// Restored tells of an item whose file a person had put back.
type Restored struct {
	When time.Time
	Last store.Hash // what the remote had when it last had the item, if it is gone there; zero: nobody knows
}

// Choice are the options of one sync that Decide obeys.
type Choice struct {
	Look   bool // decide about collections as a whole only
	Remote string
	CopyOf string // where another repository lies that this is a copy of; "": it is none
	// AllowDeletes is how many deletions this run may make, those it has made, Deleted, included; 0: what the guard lets pass, below 0: none.
	AllowDeletes, Deleted int
	Guard                 GuardLimits // zero: DefaultLimits
	Earlier               Earlier     // nil: there is nothing before
	Only                  string      // as of a Request
	Refusals              map[string]Refusal
	Policy                merge.Policy // of slots that both sides changed differently
	Both                  bool         // theirs stays, ours becomes a new item
	Me                    []string     // the user's own addresses
	Host                  string       // of the remote
	OneWay                OneWay       // what is not carried
	Said                  []HoldAnswer // what a person answered to holds
	// Inside tells whether a body is inside of the view. nil: all are.
	Inside func(store.Hash) bool
	Chosen Chosen // what a person who saw a plan said yes to
}

// Read gives the parsed item of a blob. Decide calls it only for items that changed.
type Read func(store.Hash) (*item.Item, error)

// Bodies is where Decide reads items, and where it leaves those that a merge makes.
type Bodies struct {
	Read Read
	Add  func([]byte) store.Hash
}

// Decide compares each side with its own half of the base and says what is to be done. It is pure: it reads nothing but
// through bodies, writes nothing, and gives the same plan for the same input. What cannot be known is left as it is.
func Decide(views []View, bodies Bodies, c Choice) *Plan {
	p := &Plan{Over: obey(views, c.Said, bodies.Read)}
	for i := range views {
		d := &decider{View: &views[i], read: bodies.Read, bodies: bodies, choice: c, plan: p}
		d.collection()
	}
	pairMoves(p)
	revertedMoves(p)
	strandedMoves(p, views, bodies.Read)
	p.stay(c.OneWay)
	p.oneWay(views, c)
	p.leave(c.Only)
	holdTooMuch(p, views, c, bodies.Read)
	p.markMeetings(c.Me, bodies.Read)
	p.choose(c.Chosen)
	return p
}

// leave takes out what is not asked for, as a Request has it. What is to be written before it is sent is left out as a whole.
func (p *Plan) leave(only string) {
	written := map[string]bool{}
	for _, s := range p.Steps {
		if s.Side == Here && s.Kind != Agree {
			written[s.path()] = true
		}
	}
	p.Steps = slices.DeleteFunc(p.Steps, func(s Step) bool {
		switch {
		case only == OnlyMetadata:
			return !properties[s.Name]
		case s.Kind == Agree || s.State == Waits:
			return false
		case only == "pull":
			return s.Side == There
		case only == "push":
			return s.Side == Here || written[s.path()]
		}
		return false
	})
}

// decider works on one collection.
type decider struct {
	*View
	read   Read
	bodies Bodies
	choice Choice
	plan   *Plan
	uids   map[string]int // how many rows have this UID
	local  map[string]int // how many new local files have it

	newThere     []*item.Item // see siblings
	knewSiblings bool
}

// four are the versions of one item: the base pair and both sides of today. Zero: absent.
type four struct{ l0, r0, l1, r1 store.Hash }

func (d *decider) collection() {
	switch {
	case d.Aside:
		return
	case d.Status == nil:
		d.newCollection()
		return
	case d.Remapped != "":
		d.hold(MappingChanged, Here, nil, d.Remapped)
		return
	case d.Gone != "" && d.lifted != nil:
		d.plan.Lifted = append(d.plan.Lifted, *d.lifted)
		d.leaveGone()
		return
	case len(d.BaseLocal) == 0 && (d.Gone != "" || d.Vanished):
		return // nothing was agreed on that could be lost
	case d.Gone != "":
		d.hold(CollectionGone, Here, d.states(), d.Gone)
		return
	case d.Vanished && d.lifted != nil:
		d.plan.Lifted = append(d.plan.Lifted, *d.lifted)
		d.Local = Items{}
	case d.Vanished:
		d.hold(DirectoryGone, There, d.states(), "its directory is missing in the vdir; put it back")
		return
	}
	if d.choice.Look {
		return
	}
	changed := d.changed()
	d.countUIDs(changed)
	for _, name := range changed {
		d.item(name)
	}
	if d.Vanished {
		return // a person let the directory go, and its files of properties with it
	}
	for _, p := range d.Properties {
		d.property(p)
	}
}

// hold keeps back everything in this collection; side is where it would be written. Without states it is about the collection, whatever
// is in it.
func (d *decider) hold(class Class, side Side, states []ItemState, why string) {
	d.plan.Steps = append(d.plan.Steps, Step{Remote: d.choice.Remote, Collection: d.Collection, Kind: Whole, Why: why})
	h := Hold{Class: class, Remote: d.choice.Remote, Collection: d.Collection, Side: side, Why: why, States: states}
	d.plan.hold(h, []int{len(d.plan.Steps) - 1})
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
	for name := range d.Shown {
		set[name] = true
	}
	for name := range d.Shifted {
		set[name] = true
	}
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

func (d *decider) problem(name, what string, err error) {
	d.plan.Problems = append(d.plan.Problems, Problem{Remote: d.choice.Remote, Collection: d.Collection, Name: name, What: what, Severity: Lasting, Err: err})
}
