package repo

// Told gives back what the last SetTold left, nil if it left nothing or it was lost, which does no harm: it is for remembering what a
// person was told already.
func (r *Repo) Told() []byte {
	b, err := r.s.CacheRead("told")
	if err != nil {
		return nil
	}
	return b
}

// SetTold leaves something for a later run. It is no part of the history.
func (r *Repo) SetTold(b []byte) error { return r.s.CacheWrite("told", b) }
