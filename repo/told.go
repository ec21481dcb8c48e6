package repo

// Memory is what a run remembers for later ones of what it told, and to whom. It is no part of the history, and may be lost, which does no
// harm.
type Memory string

// The memories, by who was told.
const (
	TheUser   Memory = "told"     // who reads the talk of a run
	TheNotice Memory = "notified" // the program that carries notices
)

// Told gives back what the last SetTold left, nil if it left nothing or it was lost.
func (r *Repo) Told(m Memory) []byte {
	b, err := r.s.CacheRead(string(m))
	if err != nil {
		return nil
	}
	return b
}

// SetTold leaves something for a later run.
func (r *Repo) SetTold(m Memory, b []byte) error { return r.s.CacheWrite(string(m), b) }
