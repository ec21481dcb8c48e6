package repo

// takenOver moves the pairs of items whose file the user made into what the server was last seen to hold: by that both sides
// agree, whatever the server does to the item next. Without it a conflict that was settled for the other side comes back, if
// that goes on before the next sync.
func (r *Repo) takenOver(sides []*side, l *Local) error {
	for _, s := range sides {
		for name, c := range s.snap.colls {
			if local, there := s.base.trees(name); l.colls[name] == local || c.tree == there {
				continue // nothing was edited here, or nothing is open there
			}
			if err := r.takenIn(s, l, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// takenIn does so for one collection.
func (r *Repo) takenIn(s *side, l *Local, coll string) error {
	now, err := r.o.Layout.items(r.g, l.colls[coll])
	if err != nil {
		return err
	}
	seen, err := s.snap.items(coll)
	if err != nil {
		return err
	}
	local, there, err := s.base.items(coll)
	if err != nil {
		return err
	}
	st, err := s.snap.colls[coll].rows()
	if err != nil {
		return err
	}
	shown, err := s.base.shown(coll)
	if err != nil {
		return err
	}
	for name, h := range now {
		if shown[name].File == h {
			continue // vgit wrote it, not the user
		}
		if local[name].IsZero() || local[name] == h || seen[name] != h || there[name] == h {
			continue
		}
		// What still shows what our own PUT replaced proves nothing (P77), and of files whose names were swapped the pairs
		// are looked for later.
		if row := st.row(name); row == nil || row.Flags.Stale != 0 || !r.sameUID(local[name], h) {
			continue
		}
		if err := s.base.set(coll, name, h, h); err != nil {
			return err
		}
	}
	return nil
}
