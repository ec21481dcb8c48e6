package repo

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path"

	"vgit/merge"
	"vgit/repo/item"
)

// both settles a conflict by leaving theirs under the UID and making ours a new item, and tells whether it did: what others are invited
// to would be sent to them twice, and waits. The new UID comes from what becomes an item, so that a run that was killed makes the same one.
func (d *decider) both(o *one, v merge.Versions) bool {
	if v.L1 != nil && (v.L1.State() != item.Sound || v.L1.UID() == "" || Invites(v.L1)) || v.R1 != nil && Invites(v.R1) {
		return false
	}
	theirs := o.r1
	if v.L0 != nil && v.R1 != nil {
		theirs = d.hash(merge.Reconcile(merge.Versions{L0: v.L0, L1: v.L0, R0: v.R0, R1: v.R1}, d.context(o)).Local, o.r1, v.R1)
	}
	if v.L1 != nil {
		d.copyOf(o, v.L1)
	}
	const why = "changed on both sides, differently: theirs stays, yours is a new item"
	switch {
	case theirs == o.file:
		d.agree(o, why)
	case theirs.IsZero():
		d.here(o, Delete, theirs, false, why)
	case o.file.IsZero():
		d.here(o, Create, theirs, false, why)
	default:
		d.here(o, Update, theirs, false, why)
	}
	return true
}

// copyOf makes an item of its own of ours, unless an earlier run has.
func (d *decider) copyOf(o *one, ours *item.Item) {
	sum := sha256.Sum256(append([]byte(ours.UID()+"\x00"), ours.Bytes()...))
	uid := fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	name := uid + path.Ext(o.name)
	if _, ok := d.Local[name]; ok {
		return
	}
	made := d.bodies.Add(WithUID(ours, uid))
	c := &one{name: name, four: four{l1: made}, intent: made}
	const why = "yours, kept beside theirs"
	d.here(c, Create, made, true, why)
	d.there(c, Create, made, made, why)
}

// Invites tells whether an item has an organizer: then a copy of it would invite people once more.
func Invites(it *item.Item) bool {
	for cal := range it.Tree().Components() {
		for c := range cal.Components() {
			if c.Leaf("ORGANIZER") != nil {
				return true
			}
		}
	}
	return false
}

// WithUID is an item under another UID. All other lines keep their bytes, and so do the UIDs of alarms and the like.
func WithUID(it *item.Item, uid string) []byte {
	var b bytes.Buffer
	appendWithUID(&b, it.Tree(), it.Component(), uid)
	return b.Bytes()
}

func appendWithUID(b *bytes.Buffer, c *item.Component, of, uid string) {
	if c.Begin != nil {
		b.Write(c.Begin.Raw)
	}
	for _, n := range c.Nodes {
		switch {
		case n.Component != nil:
			appendWithUID(b, n.Component, of, uid)
		case c.Name == of && n.Leaf.Name == "UID":
			b.WriteString("UID:" + uid)
			b.Write(n.Leaf.Raw[len(bytes.TrimRight(n.Leaf.Raw, "\r\n")):])
		default:
			b.Write(n.Leaf.Raw)
		}
	}
	if c.End != nil {
		b.Write(c.End.Raw)
	}
}
