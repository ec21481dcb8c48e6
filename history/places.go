package history

import (
	"context"
	"errors"
	"maps"
	"slices"

	"vgit/repo"
)

// Place is where an item lies, or lay: a collection and a file name.
type Place struct{ Collection, Name string }

// Places are all places where the history has, or had, an item or a property of a collection, in order. Of Options only what says which history is
// read counts. With ErrIncomplete there are those that could be found.
func Places(ctx context.Context, o Options) ([]Place, error) {
	b, err := Open(o)
	if err != nil {
		return nil, err
	}
	found := map[Place]bool{}
	err = b.eachDifference(ctx, func(d repo.Difference) error {
		found[Place{d.Collection, d.Name}] = true
		return nil
	})
	all := slices.SortedFunc(maps.Keys(found), comparePlaces)
	return all, errors.Join(err, b.Close())
}

// eachDifference hands over all that ever changed, newest first. What is there came once, so nothing that ever was is missing.
func (b *Book) eachDifference(ctx context.Context, each func(repo.Difference) error) error {
	o := Options{Remotes: b.o.Remotes, Titles: noTitles, Fetched: AllFetches}
	var failed error
	err := b.Log(ctx, o, func(e Entry) bool {
		for _, d := range e.Items {
			if failed = each(d); failed != nil {
				return false
			}
			if coll, name, ok := b.layout.Split(d.Was); ok { // moved: it was there, too
				if failed = each(repo.Difference{Sign: '-', Collection: coll, Name: name, Old: d.Old}); failed != nil {
					return false
				}
			}
		}
		return true
	})
	return errors.Join(failed, err)
}
