package history

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"time"

	"vgit/repo"
	"vgit/repo/store"
)

// record is what the index has of one commit. In this order: its name; 1 + the set of its parents that it is compared with, by bits (see maskOf),
// or 0; tree; time and zone; flags; the remote of a snapshot and what made it; parents; then, if it is compared, what changed in
// properties, whether UIDs are there, and each difference. Numbers are variable in length, texts come after their length.
//
// The differences are those of a comparison of trees, before moves are joined: which of them belong together depends on what is asked for.
// For that, the UID of what came and of what went stands there, as the beginning of its hash.
type record string

const (
	notCompared    uint64 = 0 // as a mask; else 1 is added to the set, of which
	withProperties uint64 = 1 // the first bit says that properties are compared
	maxParents            = 60

	flagByHand   = 1 << 0
	flagAccount  = 1 << 1 // has the files of a snapshot,
	flagSnapshot = 1 << 2 // which can be read
	flagBack     = 1 << 3

	hasOld  = 1 << 0
	hasNew  = 1 << 1
	newColl = 1 << 2 // another collection than the difference before it

	uidSize = 16
)

// maskOf is the set of parents that a commit is compared with, and whether its properties are, as they are for a snapshot on its line; ok is
// false for what the index has no room for.
func maskOf(parents, before []store.Hash, props bool) (mask uint64, ok bool) {
	for _, b := range before {
		i := 0
		for i < len(parents) && parents[i] != b {
			i++
		}
		if i >= min(len(parents), maxParents) {
			return 0, false
		}
		mask |= 1 << (i + 1)
	}
	if props {
		mask |= withProperties
	}
	return mask + 1, len(parents) <= maxParents
}

func (rec record) commit() store.Hash { return store.Hash([]byte(rec[:20])) }

func (rec record) mask() uint64 {
	d := decoder{rest: string(rec[20:])}
	return d.number()
}

// outline is what the walk has to know of a commit.
type outline struct {
	commit struct {
		Tree    store.Hash
		Parents []store.Hash
		When    time.Time // of the author
	}
	byHand bool
	back   bool // is an undo or a restore
	dot    bool // has the files of a snapshot
	from   origin
	known  bool // dot and from were looked at
}

// newRecord encodes an outline, and differences if there was a comparison. uid gives the UID of an item; nil: they are not kept.
func newRecord(h store.Hash, o *outline, mask uint64, props []propertyChange, all []repo.Difference, uid func(store.Hash) string) record {
	b := append([]byte(nil), h[:]...)
	b = binary.AppendUvarint(b, mask)
	b = append(b, o.commit.Tree[:]...)
	_, zone := o.commit.When.Zone()
	b = binary.AppendVarint(b, o.commit.When.Unix())
	b = binary.AppendVarint(b, int64(zone))
	flags := byte(0)
	if o.byHand {
		flags |= flagByHand
	}
	if o.back {
		flags |= flagBack
	}
	if o.dot {
		flags |= flagAccount
	}
	if o.from.ok {
		flags |= flagSnapshot
	}
	b = append(b, flags)
	if o.from.ok {
		b = appendText(appendText(b, o.from.Remote), o.from.Made)
	}
	b = binary.AppendUvarint(b, uint64(len(o.commit.Parents)))
	for _, p := range o.commit.Parents {
		b = append(b, p[:]...)
	}
	if mask != notCompared && (mask-1)&withProperties != 0 {
		b = binary.AppendUvarint(b, uint64(len(props)))
		for _, p := range props {
			b = appendText(appendText(appendText(appendText(b, p.coll), p.name), p.old), p.new)
		}
	}
	if mask != notCompared {
		b = appendDifferences(b, all, uid)
	}
	return record(b)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendDifferences(b []byte, all []repo.Difference, uid func(store.Hash) string) []byte {
	if uid != nil {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	coll := ""
	for _, d := range all {
		what := byte(0)
		if !d.Old.IsZero() {
			what |= hasOld
		}
		if !d.New.IsZero() {
			what |= hasNew
		}
		if d.Collection != coll {
			what |= newColl
		}
		b = append(b, what)
		if coll = d.Collection; what&newColl != 0 {
			b = appendText(b, coll)
		}
		b = appendText(b, d.Name)
		if what&hasOld != 0 {
			b = append(b, d.Old[:]...)
		}
		if what&hasNew != 0 {
			b = append(b, d.New[:]...)
		}
		if uid != nil && bits.OnesCount8(what&(hasOld|hasNew)) == 1 {
			u := uid(onlyHash(d))
			if u == "" {
				u = noUID
			}
			b = append(b, u...)
		}
	}
	return b
}

// onlyHash is the version that an item that came or went is known by.
func onlyHash(d repo.Difference) store.Hash {
	if d.New.IsZero() {
		return d.Old
	}
	return d.New
}

// noUID stands for the hash of none.
var noUID = string(make([]byte, uidSize))

// shortUID is the beginning of the hash of a UID.
func shortUID(uid string) string {
	if uid == "" {
		return noUID
	}
	sum := sha256.Sum256([]byte(uid))
	return string(sum[:uidSize])
}

// outline decodes the first part of a record.
func (rec record) outline() (o outline, ok bool) {
	d := decoder{rest: string(rec[20:])}
	d.number()
	o.commit.Tree = d.hash()
	unix, zone := d.signed(), d.signed()
	if zone < -100*3600 || zone > 100*3600 {
		return o, false
	}
	o.commit.When = time.Unix(unix, 0).In(time.FixedZone("", int(zone)))
	flags := d.byte()
	o.byHand, o.back, o.dot = flags&flagByHand != 0, flags&flagBack != 0, flags&flagAccount != 0
	if flags&flagSnapshot != 0 {
		o.from = origin{repo.Origin{Remote: d.text(), Made: d.text()}, true}
	}
	n := d.number()
	if n > maxParents {
		return o, false
	}
	for range n {
		o.commit.Parents = append(o.commit.Parents, d.hash())
	}
	return o, !d.bad
}

// compared skips the outline; ok is false if there is no comparison.
func (rec record) compared() (d decoder, props, ok bool) {
	d = decoder{rest: string(rec[20:])}
	mask := d.number()
	if mask == notCompared {
		return d, false, false
	}
	d.hash()
	d.signed()
	d.signed()
	if d.byte()&flagSnapshot != 0 {
		d.text()
		d.text()
	}
	d.take(min(d.number(), maxParents) * uint64(len(store.Hash{})))
	return d, (mask-1)&withProperties != 0, !d.bad
}

func (d *decoder) properties() (all []propertyChange) {
	for n := d.number(); n > 0 && !d.bad; n-- {
		p := propertyChange{d.text(), d.text(), d.text(), d.text()}
		if !repo.IsProperty(p.name) {
			d.bad = true
			return nil
		}
		all = append(all, p)
	}
	return all
}

// properties decodes those that are compared, nil if none are.
func (rec record) properties() *[]propertyChange {
	d, props, ok := rec.compared()
	if !ok || !props {
		return nil
	}
	all := d.properties()
	if d.bad {
		return nil
	}
	return &all
}

// differences decodes those that are wanted. uid is told the UIDs, if the record has them.
func (rec record) differences(into func(coll string) bool, keep func(coll, name string) bool, uid func(store.Hash, string)) (found []repo.Difference, ok bool) {
	d, props, ok := rec.compared()
	if !ok {
		return nil, false
	}
	if props {
		d.properties()
	}
	uids := d.byte() == 1
	coll, inside := "", false
	for first := true; d.rest != "" && !d.bad; first = false {
		what := d.byte()
		if what&newColl != 0 {
			coll = d.text()
			if !store.SoundName(coll) {
				return nil, false
			}
		}
		if first || what&newColl != 0 {
			inside = into(coll)
		}
		x := repo.Difference{Sign: '~', Collection: coll, Name: d.text()}
		if what&hasOld != 0 {
			x.Old = d.hash()
		} else {
			x.Sign = '+'
		}
		if what&hasNew != 0 {
			x.New = d.hash()
		} else {
			x.Sign = '-'
		}
		if what&(hasOld|hasNew) == 0 || !store.SoundName(x.Name) {
			return nil, false
		}
		if uids && x.Sign != '~' {
			uid(onlyHash(x), d.take(uidSize))
		}
		if inside && keep(coll, x.Name) {
			found = append(found, x)
		}
	}
	return found, !d.bad
}

// decoder reads a record. Once something is wrong it is bad, and all that it gives is empty.
type decoder struct {
	rest string
	bad  bool
}

func (d *decoder) take(n uint64) string {
	if d.bad || n > uint64(len(d.rest)) {
		d.bad, d.rest = true, ""
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) byte() byte {
	if s := d.take(1); s != "" {
		return s[0]
	}
	return 0
}

func (d *decoder) hash() (h store.Hash) {
	copy(h[:], d.take(uint64(len(h))))
	return h
}

func (d *decoder) text() string { return d.take(d.number()) }

func (d *decoder) number() (n uint64) {
	for shift := 0; shift < 64; shift += 7 {
		c := d.byte()
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	d.bad, d.rest = true, ""
	return 0
}

func (d *decoder) signed() int64 {
	u := d.number()
	return int64(u>>1) ^ -int64(u&1)
}
