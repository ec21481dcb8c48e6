package repo

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"vgit/remote"
	"vgit/repo/item"
	"vgit/repo/store"
)

// sending is one step on its way.
type sending struct {
	step   *Step
	body   []byte
	blob   store.Hash // of body
	href   remote.Href
	stored remote.Stored
	err    error
	read   *remote.Resource // what the server holds now
	before *remote.Resource // what is in the old place since an edit was sent there, for a move
}

// prepare makes bodies and hrefs. A delete whose item was to come up elsewhere first is left out if it did not.
func (p *push) prepare(steps []*Step) []*sending {
	var jobs []*sending
	hrefs := map[string]map[remote.Href]bool{}
	for _, step := range steps {
		if step.Kind == Create && p.mayBeOwed(step) {
			p.s.report.problem(stepProblem(step, "the server has something that could not be read, and this may be it; it is sent once that is known", Temporary, nil))
			continue
		}
		if step.Needs != "" && !p.arrived(step.Needs) {
			p.s.report.problem(stepProblem(step, "stays where it is, since it could not be created in its new place", Note, nil))
			continue
		}
		if step.Kind == Delete && p.r.isBack(step) {
			p.s.report.problem(stepProblem(step, "the file is back; the next sync goes on", Temporary, nil))
			continue
		}
		p.weak = p.weak || step.Kind != Create && step.ETag.Weak() && step.Schedule == ""
		job := &sending{step: step, href: step.Href}
		if step.Kind != Delete {
			b, err := p.r.g.Blob(step.After)
			if err != nil { // F101: one damaged object stops one item
				p.s.report.problem(stepProblem(step, "cannot be read from the repository", Lasting, err))
				continue
			}
			job.body = item.ForUpload(b)
			job.blob = p.r.g.AddBlob(job.body)
		}
		if step.Kind == Create {
			if hrefs[step.Collection] == nil {
				hrefs[step.Collection] = map[remote.Href]bool{}
				for _, row := range p.colls[step.Collection].status.Rows {
					hrefs[step.Collection][row.Href] = true
				}
				for _, o := range p.colls[step.Collection].status.Owed {
					hrefs[step.Collection][o.Href] = true
				}
			}
			job.href = p.newHref(step, hrefs[step.Collection])
		}
		jobs = append(jobs, job)
	}
	return jobs
}

// mayBeOwed tells whether a new item may be on the server already, in what could not be read: most programs name an item by its
// UID. Under another name it would be there twice, since a precondition guards a name only. What another remote brought may be there under
// any name; that waits for one run, not for as long as the server fails over something.
func (p *push) mayBeOwed(step *Step) bool {
	c := p.colls[step.Collection]
	named := step.UID != "" && slices.ContainsFunc(c.status.Owed, func(o Owed) bool { return o.Href == c.coll.NewHref(nameOf(step.UID)) })
	return named || c.status.newlyOwed && slices.ContainsFunc(p.s.others, func(o *side) bool {
		local, _, err := o.base.items(step.Collection)
		return err != nil || local[step.Name] == step.Local
	})
}

// isBack looks once more for a file that was missing at record (F66).
func (r *Repo) isBack(step *Step) bool { return !r.d.Gone(r.o.Layout.path(step.Collection, step.Name)) }

// arrived tells whether an item is there now, given by collection and name.
func (p *push) arrived(needs string) bool {
	coll, name, _ := strings.Cut(needs, "/")
	c := p.colls[coll]
	return c != nil && c.status.row(name) != nil
}

var safeUID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// nameOf is what a new item is called on the server (P24): its UID, or what is made of that if it is no safe name. It is the same from
// every device and in every run, so that a precondition guards the item: it cannot be made twice under two names.
func nameOf(uid string) string {
	switch {
	case safeUID.MatchString(uid):
		return uid
	case uid == "":
		return strings.ToLower(rand.Text())
	}
	sum := sha256.Sum256([]byte(uid))
	return hex.EncodeToString(sum[:16])
}

// newHref makes a fresh name: that of the UID if it is free, else a random one.
func (p *push) newHref(step *Step, used map[remote.Href]bool) remote.Href {
	coll := p.colls[step.Collection].coll
	href := coll.NewHref(nameOf(step.UID))
	for used[href] {
		href = coll.NewHref(strings.ToLower(rand.Text()))
	}
	used[href] = true
	return href
}

func (p *push) entries(jobs []*sending) []entry {
	kinds := map[StepKind]entryKind{Create: pendCreate, Update: pendUpdate, Delete: pendDelete}
	entries := make([]entry, len(jobs))
	for i, j := range jobs {
		entries[i] = entry{kind: kinds[j.step.Kind], coll: j.step.Collection, name: j.step.Name, href: j.href, etag: j.step.ETag, body: j.blob, local: j.step.Local, there: j.step.Before, over: j.step.over}
		if j.step.r0 != j.step.Before {
			entries[i].was = j.step.r0
		}
	}
	return entries
}

// send does the requests within the number of connections. What a server refuses because of another write goes out once
// more, alone (P95). Once ctx has ended, nothing is begun; what has begun has longer.
func (p *push) send(ctx, longer context.Context, jobs []*sending) {
	limit := max(p.s.rem.Connections, 1)
	if p.serial {
		limit = 1
	}
	var group errgroup.Group
	group.SetLimit(limit)
	done := 0
	for _, j := range jobs {
		group.Go(func() error {
			p.one(ctx, longer, j)
			p.mu.Lock()
			defer p.mu.Unlock()
			done++
			if p.r.o.Progress != nil {
				p.r.o.Progress("sending to "+p.s.rem.Name, done, len(jobs))
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in the jobs
	for _, j := range jobs {
		if limit > 1 && errors.Is(j.err, remote.ErrLocked) {
			p.serial = true
			p.one(ctx, longer, j)
		}
	}
}

func (p *push) one(ctx, longer context.Context, j *sending) {
	if j.err = ctx.Err(); j.err != nil {
		j.err = fmt.Errorf("not sent: %w", errNotSent)
		return
	}
	pre := remote.Precondition{Absent: j.step.Kind == Create, ETag: j.step.ETag, Schedule: j.step.Schedule}
	if !j.step.Before.IsZero() {
		if pre.Body, j.err = p.r.g.Blob(j.step.Before); j.err != nil {
			return
		}
	}
	coll := p.colls[j.step.Collection].coll
	ctx = longer
	p.r.at(AtRequest)
	defer p.r.at(AtAnswer)
	if j.step.Kind == Delete {
		if !p.moved[j.step.path()] {
			j.err = coll.Delete(ctx, j.href, pre)
		}
		return
	}
	j.stored, j.err = coll.Put(ctx, j.href, pre, j.body)
	var refused *remote.Refused
	_ = errors.As(j.err, &refused)
	if from, ok := p.moves[j.step.path()]; ok && refused != nil && takenUID(refused) {
		p.move(ctx, j, from)
	} else if refused != nil && p.nameInTheWay(j, refused) {
		p.rename(ctx, j, pre)
	}
	if j.err == nil && j.stored.Href != "" {
		j.href = j.stored.Href
	}
}

// nameInTheWay tells whether a new item may have been refused for the name that was made of its UID: a server with a trash bin
// knows the name of an item that was deleted, and says so in words only (F57; Nextcloud).
func (p *push) nameInTheWay(j *sending, refused *remote.Refused) bool {
	named := j.step.UID != "" && j.href == p.colls[j.step.Collection].coll.NewHref(nameOf(j.step.UID))
	return j.step.Kind == Create && named && refused.Condition == "" && refused.Href == "" && slices.Contains([]int{400, 403, 405, 409}, refused.Status)
}

// rename offers a new item once more under a name that nobody has seen. What the server says to that counts.
func (p *push) rename(ctx context.Context, j *sending, pre remote.Precondition) {
	coll := p.colls[j.step.Collection].coll
	j.href = coll.NewHref(strings.ToLower(rand.Text()))
	j.stored, j.err = coll.Put(ctx, j.href, pre, j.body)
}

// takenUID tells whether a body was refused because its UID stands elsewhere in the account: by RFC 4791 5.3.2.1 or RFC 6638
// 3.2.4.1, or by a conflict without a word.
func takenUID(r *remote.Refused) bool {
	return strings.Contains(r.Condition, "uid") || strings.Contains(r.Condition, "unique") || r.Condition == "" && r.Status == 409
}

// move hands an item to another collection in one request, where a server takes a UID only once in an account and so refuses
// the copy (P89; Cyrus, Fastmail, iCloud). What was edited on the way is sent to the old place first, since a move carries no
// body. Without such a request the refusal stands, and the item stays where it was.
func (p *push) move(ctx context.Context, j *sending, from *Step) {
	mover, ok := p.colls[from.Collection].coll.(remote.Mover)
	if !ok {
		return
	}
	pre := remote.Precondition{ETag: from.ETag, Schedule: from.Schedule}
	var err error
	if pre.Body, err = p.r.g.Blob(from.Before); err != nil {
		return
	}
	if p.r.strong(from.Before, j.blob) {
		if err := p.editOldPlace(ctx, j, from, pre); err != nil {
			j.err = err
			return
		}
		pre = remote.Precondition{ETag: j.before.ETag, Body: j.before.Body}
	}
	stored, err := mover.Move(ctx, from.Href, pre, p.colls[j.step.Collection].coll, j.href)
	if err != nil {
		j.err = err
		return
	}
	j.err = nil
	j.stored = remote.Stored{Href: stored.Href} // what lies there now is read back
	p.mu.Lock()
	p.moved[from.path()] = true
	p.over(from)
	p.mu.Unlock()
}

// editOldPlace sends the edit of an item on the move to where it still is. Before, it is entered as an update: if the run dies between
// this PUT and the move, the next one must know whose edit it finds there (K20).
func (p *push) editOldPlace(ctx context.Context, j *sending, from *Step, pre remote.Precondition) error {
	if err := p.beginEdit(ctx, j, from); err != nil {
		return err
	}
	coll := p.colls[from.Collection].coll
	stored, err := coll.Put(ctx, from.Href, pre, j.body)
	var refused *remote.Refused
	switch {
	case err == nil:
		j.before = &remote.Resource{Href: from.Href, ETag: stored.ETag, Body: j.body}
		p.r.at(AtMoveEdited)
		if stored.ETag.Weak() {
			return p.readOldPlace(ctx, j, coll)
		}
	case errors.Is(err, remote.ErrChanged), errors.Is(err, remote.ErrGone), errors.Is(err, remote.ErrLocked), errors.As(err, &refused):
		p.mu.Lock()
		defer p.mu.Unlock()
		p.over(from)
	}
	return err
}

// readOldPlace looks at what a server made of an edit in the old place: it is moved as it stands there now, unless somebody
// else wrote in between.
func (p *push) readOldPlace(ctx context.Context, j *sending, coll remote.Collection) error {
	var now *remote.Resource
	err := coll.Fetch(ctx, []remote.Href{j.before.Href}, func(res remote.Resource) error { now = &res; return nil })
	switch {
	case now == nil:
		return errors.Join(remote.ErrNoAnswer, err)
	case now.Err != nil:
		return now.Err
	case !p.r.onlyDropped(j.blob, p.r.g.AddBlob(now.Body)):
		return fmt.Errorf("%s: %w", now.Href, remote.ErrChanged)
	}
	j.before = now
	return nil
}

func (p *push) beginEdit(ctx context.Context, j *sending, from *Step) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	local, _, err := p.s.base.items(from.Collection)
	if err != nil {
		return err
	}
	e := entry{kind: pendUpdate, coll: from.Collection, name: from.Name, href: from.Href, etag: from.ETag, body: j.blob, local: local[from.Name], there: from.Before}
	return p.r.beginPending(ctx, p.s.pending, []entry{e}, p.l.Commit, p.snap.Commit)
}

var errNotSent = errors.New("the run was told to end")

// readBack reads what the server made of what it was sent, where its answer does not tell (P75).
func (p *push) readBack(ctx context.Context, jobs []*sending) {
	want := map[string]map[remote.Href]*sending{}
	learned := map[string]int{}
	for _, j := range jobs {
		if j.err != nil || j.step.Kind == Delete {
			continue
		}
		c := j.step.Collection
		known := p.colls[c].status.Learned[keeps]
		need := !j.stored.Proven || j.stored.ETag.Weak() || known == "no"
		if !need && known == "" && learned[c] < learnFrom {
			learned[c]++
			need = true
		}
		if need {
			if want[c] == nil {
				want[c] = map[remote.Href]*sending{}
			}
			want[c][j.href] = j
		}
	}
	for c, jobs := range want {
		err := p.colls[c].coll.Fetch(ctx, slices.Sorted(maps.Keys(jobs)), func(res remote.Resource) error {
			jobs[res.Href].read = &res
			return nil
		})
		for _, j := range jobs {
			if j.read == nil {
				j.read = &remote.Resource{Href: j.href, Err: errors.Join(remote.ErrNoAnswer, err), Size: -1}
			}
		}
	}
}
