package repo

import (
	"fmt"
	"syscall"
)

// spareRoom is what has to be left beside twice the bytes that are about to be written (S15): an item goes into the repository
// and into the vdir, and git, the index and whoever else writes there need some, too.
const spareRoom = 32 << 20

// room tells whether there is room on the disk for so many bytes of items, before the first of them is written. Where the
// system does not tell, the write itself will.
func (r *Repo) room(planned int) error {
	free, ok := r.d.Free()
	if need := 2*uint64(planned) + spareRoom; ok && free < need {
		return &localError{fmt.Errorf("%s: %w: %d MiB are free and %d MiB are needed; make room and run vgit sync again", r.o.Path, syscall.ENOSPC, free>>20, need>>20+1)}
	}
	return nil
}
