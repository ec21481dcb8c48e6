package repo

// Point is a boundary of a sync: what is on disk and on the server differs from one side of it to the other, so that a process
// which dies there leaves a state of its own. docs/faults.md, "Killed runs", says what the next sync makes of each.
type Point string

// The points, in the order in which a sync comes to them. "Kept" means that objects are durable and no ref names them yet.
const (
	AtDirectory   Point = "directory"    // the vdir has a directory and no repository
	AtRepository  Point = "repository"   // the repository was set up, and has no commit
	AtLocked      Point = "locked"       // the lock of the repository is held
	AtSwept       Point = "swept"        // a temporary file of a killed run was put back or removed
	AtRecordKept  Point = "record kept"  // the local edits, and what was found out about an interrupted pull
	AtRecorded    Point = "recorded"     // main has them; git's index does not yet
	AtBody        Point = "body"         // a body has come from the server, and is in memory
	AtFetchKept   Point = "fetch kept"   // a snapshot
	AtFetched     Point = "fetched"      // the tracking branch has it, the base does not
	AtDecided     Point = "decided"      // there is a plan
	AtPendingKept Point = "pending kept" // what is about to be written
	AtPending     Point = "pending"      // its ref is there, and nothing is begun
	AtWritten     Point = "written"      // all files of a pull are in the vdir
	AtPullKept    Point = "pull kept"    // the commit of a pull
	AtPulled      Point = "pulled"       // main has it, the base does not
	AtRequest     Point = "request"      // a write is about to be sent
	AtMoveEdited  Point = "move edited"  // the edit of an item that moves is in its old place, the item is not moved yet
	AtMade        Point = "made"         // a collection was made on the server, or its answer was lost; nothing here knows of it
	AtAnswer      Point = "answer"       // a write was answered
	AtReadBack    Point = "read back"    // what the server made of a batch of writes is known
	AtPushKept    Point = "push kept"    // the snapshot after a batch
	AtPushed      Point = "pushed"       // the tracking branch has it, the base does not
	AtAgreeKept   Point = "agree kept"   // the base
	AtAgreed      Point = "agreed"       // both refs, base and pending, have moved
	AtSettled     Point = "settled"      // a remote is done with; what may be lost is not written
	AtNoted       Point = "noted"        // time and refusals of the run are written, git's index is not
	AtIndexed     Point = "indexed"      // git's index is written, nothing is packed
	AtPacked      Point = "packed"       // the repository is as it will be; the list of known vdirs may lack the vdir
)

// The points of an edit that vgit makes for a person, after those of a record, in their order.
const (
	AtEditPlanned Point = "edit planned" // what is about to be written
	AtEditBegun   Point = "edit begun"   // its ref is there, and nothing is written
	AtEditWritten Point = "edit written" // all files are in the vdir
	AtEditKept    Point = "edit kept"    // the commit of the edit
	AtEdited      Point = "edited"       // main has it; what may be lost is not written
)

// at tells whoever looks that a run has come to a point.
func (r *Repo) at(p Point) {
	if r.o.At != nil {
		r.o.At(p)
	}
}
