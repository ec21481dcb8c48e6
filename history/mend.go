package history

import "errors"

// ErrNoTime says that a restore without a moment was asked for what is not damaged.
var ErrNoTime = errors.New("is not damaged, so a restore needs a moment")

// mendAll has all damaged files of a collection written as they are to be, and counts them. What is new in the vdir has no other version.
func (d *desk) mendAll(where string) (n int) {
	for path := range d.now.Damaged {
		coll, name, ok := d.layout.Split(path)
		if !ok || where != "" && coll != where {
			continue
		}
		if f := d.file(Place{coll, name}); f != nil {
			f.mend = true
			n++
		}
	}
	return n
}
