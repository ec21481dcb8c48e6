package store

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"

	"vgit/repo/disk"
)

// packWriter writes a new pack in vgit's own folder, entry by entry, and then puts it in its place.
type packWriter struct {
	store   *Store
	tmp     string
	file    disk.File
	out     *bufio.Writer
	sum     hash.Hash
	at      int64
	entries []packed
	want    int
}

// newPackWriter begins a pack of exactly n entries.
func (s *Store) newPackWriter(n int) (*packWriter, error) {
	tmp, f, err := s.temp()
	if err != nil {
		return nil, err
	}
	w := &packWriter{store: s, tmp: tmp, file: f, sum: sha1.New(), want: n, entries: make([]packed, 0, n)}
	w.out = bufio.NewWriterSize(io.MultiWriter(f, w.sum), 1<<18)
	head := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(n))
	w.at = int64(len(head))
	if _, err := w.out.Write(head); err != nil {
		w.abort()
		return nil, err
	}
	return w, nil
}

// add writes an entry: its header, and what is compressed behind it.
func (w *packWriter) add(h Hash, head, body []byte) error {
	crc := crc32.ChecksumIEEE(head)
	crc = crc32.Update(crc, crc32.IEEETable, body)
	w.entries = append(w.entries, packed{hash: h, crc: crc, offset: w.at})
	if _, err := w.out.Write(head); err != nil {
		return err
	}
	w.at += int64(len(head) + len(body))
	_, err := w.out.Write(body)
	return err
}

// abort leaves nothing behind. After publish it does nothing.
func (w *packWriter) abort() {
	if w.file != nil {
		w.file.Close()
		w.file = nil
	}
	if w.tmp != "" {
		w.store.git.Remove(w.tmp)
		w.tmp = ""
	}
}

// finish makes the pack durable under its temporary name, and gives its checksum.
func (w *packWriter) finish() (Hash, error) {
	if len(w.entries) != w.want {
		return Hash{}, fmt.Errorf("a pack of %d entries was to have %d", len(w.entries), w.want)
	}
	if err := w.out.Flush(); err != nil {
		return Hash{}, err
	}
	sum := sumOf(w.sum)
	if _, err := w.file.Write(sum[:]); err != nil {
		return Hash{}, err
	}
	if err := w.file.Sync(); err != nil {
		return Hash{}, err
	}
	err := w.file.Close()
	w.file = nil
	return sum, err
}

// keepMark is what vgit writes into its .keep files; those of others are never touched.
const keepMark = "vgit\n"

// publish puts the pack in its place, index last, with a .keep beside it until release is called: git's gc leaves it
// alone for so long. The name is that of the content, so a pack that is there already is the same one.
func (w *packWriter) publish() (name string, release func() error, err error) {
	defer w.abort()
	s := w.store
	sum, err := w.finish()
	if err != nil {
		return "", nil, err
	}
	idx, err := s.writeTemp(encodeIndex(w.entries, sum), true)
	if err != nil {
		return "", nil, err
	}
	defer s.git.Remove(idx)
	name = "pack-" + sum.String()
	if err := s.mkdirs(packDir); err != nil {
		return "", nil, err
	}
	base := packDir + "/" + name
	release = func() error { return s.unkeepPack(base) }
	// Durable before the pack appears: after a crash it is the proof that a pack without an index is ours.
	if err := s.keepPack(base); err != nil {
		return "", nil, errors.Join(err, release())
	}
	if _, err := s.git.Lstat(base + ".idx"); err == nil {
		return name, release, s.packs.scan()
	}
	if err := w.place(base, idx); err != nil {
		s.git.Remove(base + ".idx")
		s.git.Remove(base + ".pack")
		return "", nil, errors.Join(err, release())
	}
	return name, release, s.packs.scan()
}

func (w *packWriter) place(base, idx string) error {
	s := w.store
	if err := s.git.Rename(w.tmp, base+".pack"); err != nil {
		return err
	}
	w.tmp = ""
	if err := s.git.Rename(idx, base+".idx"); err != nil {
		return err
	}
	return s.syncMove(packDir)
}

func (s *Store) keepPack(base string) error {
	if _, err := s.git.Lstat(base + ".keep"); err == nil {
		return nil
	}
	return s.writeFile(base+".keep", []byte(keepMark))
}

// unkeepPack removes the .keep of a pack if it is vgit's.
func (s *Store) unkeepPack(base string) error {
	b, err := readSmall(s.git, base+".keep", maxRefFile)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && string(b) != keepMark) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.removeFile(base + ".keep")
}

// sweepPacks finishes or undoes what a killed vgit had begun (K25). With both files the pack is whole, since each was
// durable before it got its name; one of the two alone was never used by anybody.
func (s *Store) sweepPacks() error {
	files, err := s.git.ReadDir(packDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, f := range files {
		there[f.Name()] = true
	}
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".keep")
		if !ok {
			continue
		}
		base := packDir + "/" + name
		if b, err := readSmall(s.git, base+".keep", maxRefFile); err != nil || string(b) != keepMark {
			continue
		}
		if there[name+".pack"] != there[name+".idx"] {
			for _, ext := range []string{".idx", ".pack"} {
				if err := s.removeFile(base + ext); err != nil {
					return err
				}
			}
			if err := s.git.SyncDir(packDir); err != nil {
				return err
			}
		}
		if err := s.unkeepPack(base); err != nil {
			return err
		}
	}
	return nil
}

// deflater compresses one entry after the other.
type deflater struct {
	buf bytes.Buffer
	z   *zlib.Writer
}

func newDeflater(level int) *deflater {
	d := &deflater{}
	d.z, _ = zlib.NewWriterLevel(&d.buf, level) // the levels are constants of ours
	return d
}

// deflate gives a slice of its own.
func (d *deflater) deflate(b []byte) []byte {
	d.buf.Reset()
	d.z.Reset(&d.buf)
	d.z.Write(b) // into memory: no error
	d.z.Close()
	return bytes.Clone(d.buf.Bytes())
}
