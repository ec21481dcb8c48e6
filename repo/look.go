package repo

import (
	"context"
	"slices"

	"vgit/repo/store"
)

// Look is what Status finds, open for those who compare: beside the report there is the vdir as it is now, recorded or not. It lives as long
// as its Repo.
type Look struct {
	*Report
	Tree  store.Hash // as main would have it; only Objects may know it
	r     *Repo
	sides []*side
	local *Local
}

// Look looks at the vdir and at what is known of its remotes, as Status does: it asks nobody and writes nothing.
func (r *Repo) Look(ctx context.Context, q Request) (*Look, error) {
	l := &Look{Report: newReport(q.Remotes), r: r}
	var err error
	if l.sides, l.local, err = r.known(ctx, q, l.Report); err != nil {
		return l, err
	}
	l.Tree = l.local.Tree
	return l, nil
}

// Objects reads what is in the repository, and what the vdir holds beside that.
func (l *Look) Objects() Objects { return l.local.Objects() }

// Edited is what became of the file of a step since both sides agreed: the local half of their pair, and the file as it lies there now. Zero is
// none.
func (l *Look) Edited(s *Step) (agreed, now store.Hash, err error) {
	e, err := lookup(l.r.g, l.Tree, l.r.o.Layout.path(s.Collection, s.Name))
	return s.l0, e.Hash, err
}

// Items are those of a collection of the vdir, by name.
func (l *Look) Items(coll string) (Items, error) {
	return l.r.o.Layout.items(l.r.g, l.local.colls[coll])
}

// Twin is an item of which the vdir and a remote, as it was last seen, do not hold the same bytes. Zero is absent.
type Twin struct {
	Collection, Name string
	Local, There     store.Hash
}

// Twins are all of one remote, by collection and name: what is to be sent or to come, and what the server writes in its own way.
func (l *Look) Twins(remote string) (all []Twin, err error) {
	for _, s := range l.sides {
		if s.rem.Name != remote {
			continue
		}
		for _, coll := range s.snap.names() {
			there, err := s.snap.items(coll)
			if err != nil {
				return nil, err
			}
			local, err := l.Items(coll)
			if err != nil {
				return nil, err
			}
			all = append(all, twins(coll, local, there)...)
		}
	}
	return all, nil
}

func twins(coll string, local, there Items) (all []Twin) {
	for _, d := range itemDifferences(coll, local, there) {
		all = append(all, Twin{coll, d.Name, d.Old, d.New})
	}
	return slices.Clip(all)
}
