package store

import (
	"bufio"
	"compress/zlib"
	"io"
	"sync"
)

// What a pack may ask of us. A repository can come from anywhere, and its packs are read with these limits: no object
// is inflated beyond the size that was announced and allowed, and no chain of deltas is followed without end.
const (
	maxObject = 256 << 20
	maxChain  = 4096     // what git itself can write
	maxWork   = 16 << 30 // bytes produced on the way along one chain
)

// entryHeader is the beginning of an entry: its kind, the size of what is compressed after it, and for a delta the base.
type entryHeader struct {
	kind     kind
	size     int64
	body     int64 // where the compressed bytes begin
	baseAt   int64 // for kindOfsDelta
	baseHash Hash  // for kindRefDelta
}

// readHeader decodes the header of the entry at off.
func (k *pack) readHeader(off int64) (entryHeader, error) {
	var buf [64]byte
	if off < 12 || off >= k.size-20 {
		return entryHeader{}, corrupt("an offset outside of %s", k.name)
	}
	n, err := k.at.ReadAt(buf[:min(int64(len(buf)), k.size-20-off)], off)
	if err != nil && err != io.EOF {
		return entryHeader{}, err
	}
	h, used, err := parseHeader(buf[:n], off)
	if err != nil {
		return h, corrupt("%s at %d: %v", k.name, off, err)
	}
	h.body = off + int64(used)
	return h, nil
}

func parseHeader(b []byte, off int64) (h entryHeader, used int, err error) {
	if len(b) == 0 {
		return h, 0, corrupt("cut header")
	}
	h.kind, h.size = kind(b[0]>>4&7), int64(b[0]&15)
	i := 1
	for shift := 4; b[i-1]&0x80 != 0; shift += 7 {
		if i >= len(b) || shift > 53 {
			return h, 0, corrupt("size of an entry")
		}
		h.size |= int64(b[i]&0x7f) << shift
		i++
	}
	switch h.kind {
	case kindCommit, kindTree, kindBlob, kindTag:
	case kindOfsDelta:
		back, n := readBack(b[i:])
		if n == 0 || back <= 0 || back >= off {
			return h, 0, corrupt("base of a delta")
		}
		h.baseAt, i = off-back, i+n
	case kindRefDelta:
		if len(b) < i+20 {
			return h, 0, corrupt("base of a delta")
		}
		h.baseHash, i = Hash(b[i:i+20]), i+20
	default:
		return h, 0, corrupt("type %d", h.kind)
	}
	if h.size > maxObject {
		return h, 0, tooBig(uint64(h.size), maxObject)
	}
	return h, i, nil
}

// readBack decodes the distance to the base of a delta: seven bits a byte, highest first, each but the last plus one.
func readBack(b []byte) (v int64, n int) {
	for n < len(b) && n < 8 {
		v = v<<7 | int64(b[n]&0x7f)
		n++
		if b[n-1]&0x80 == 0 {
			return v, n
		}
		v++
	}
	return 0, 0
}

func appendBack(b []byte, v int64) []byte {
	var tmp [10]byte
	i := len(tmp) - 1
	tmp[i] = byte(v & 0x7f)
	for v >>= 7; v > 0; v >>= 7 {
		v--
		i--
		tmp[i] = byte(v&0x7f) | 0x80
	}
	return append(b, tmp[i:]...)
}

func appendHeader(b []byte, k kind, size int) []byte {
	c := byte(k)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		b = append(b, c|0x80)
		c = byte(size & 0x7f)
	}
	return append(b, c)
}

// inflater is a zlib reader to be used again, with its buffer.
type inflater struct {
	src *bufio.Reader
	z   io.ReadCloser
}

var inflaters = sync.Pool{New: func() any { return &inflater{src: bufio.NewReaderSize(nil, 4096)} }}

func (f *inflater) open(r io.Reader) (err error) {
	f.src.Reset(r)
	if f.z == nil {
		f.z, err = zlib.NewReader(f.src)
		return err
	}
	return f.z.(zlib.Resetter).Reset(f.src, nil)
}

// inflate reads exactly size bytes and the checksum behind them.
func inflate(r io.Reader, size int64) ([]byte, error) {
	f := inflaters.Get().(*inflater)
	defer inflaters.Put(f)
	if err := f.open(r); err != nil {
		return nil, corrupt("zlib: %v", err)
	}
	return readExactly(f.z, size)
}

func readExactly(z io.Reader, size int64) ([]byte, error) {
	// A size that was only announced is not yet worth the memory.
	out := make([]byte, 0, min(size, 1<<20))
	for int64(len(out)) < size {
		if len(out) == cap(out) {
			grown := make([]byte, len(out), min(size, 4*int64(cap(out))))
			copy(grown, out)
			out = grown
		}
		n, err := z.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		if err != nil && int64(len(out)) < size {
			return nil, corrupt("zlib: %v", err)
		}
	}
	var more [1]byte
	for {
		n, err := z.Read(more[:])
		if n > 0 {
			return nil, corrupt("more bytes than announced")
		}
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, corrupt("zlib: %v", err)
		}
	}
}

func (k *pack) inflateAt(h entryHeader) ([]byte, error) {
	return inflate(io.NewSectionReader(k.at, h.body, k.size-20-h.body), h.size)
}

// chain is the headers from the entry at off down to one that is whole.
func (k *pack) chain(off int64) ([]entryHeader, error) {
	var list []entryHeader
	for {
		h, err := k.readHeader(off)
		if err != nil {
			return nil, err
		}
		if list = append(list, h); len(list) > maxChain {
			return nil, corrupt("%s: a chain of more than %d deltas", k.name, maxChain)
		}
		switch h.kind {
		case kindOfsDelta:
			off = h.baseAt
		case kindRefDelta:
			// A circle of such deltas ends at maxChain.
			at, ok := k.index.find(h.baseHash)
			if !ok {
				return nil, corrupt("%s: a delta against %s, which is not in it", k.name, h.baseHash)
			}
			off = at
		default:
			return list, nil
		}
	}
}

// read gives the object at off. bases may be nil.
func (k *pack) read(off int64, bases *baseCache) (kind, []byte, error) {
	list, err := k.chain(off)
	if err != nil {
		return 0, nil, err
	}
	i := len(list) - 1
	what := list[i].kind
	var data []byte
	for j, h := range list[1:] {
		if got, ok := bases.get(k, h.body); ok {
			data, i = got, j+1
			break
		}
	}
	if data == nil {
		if data, err = k.inflateAt(list[i]); err != nil {
			return 0, nil, err
		}
	}
	work := int64(len(data))
	for i > 0 {
		bases.put(k, list[i].body, data)
		i--
		delta, err := k.inflateAt(list[i])
		if err != nil {
			return 0, nil, err
		}
		if data, err = applyDelta(data, delta, maxObject); err != nil {
			return 0, nil, err
		}
		if work += int64(len(data)); work > maxWork {
			return 0, nil, corrupt("%s: a chain that makes %d bytes", k.name, work)
		}
	}
	return what, data, nil
}

// baseCache holds the bases that were made last, since the next object is often made from one of them.
type baseCache struct {
	mu   sync.Mutex
	held map[baseKey][]byte
	size int
}

type baseKey struct {
	pack *pack
	body int64
}

const baseCacheSize = 24 << 20

func (c *baseCache) get(k *pack, body int64) ([]byte, bool) {
	if c == nil {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	b, ok := c.held[baseKey{k, body}]
	return b, ok
}

func (c *baseCache) put(k *pack, body int64, data []byte) {
	if c == nil || len(data) > baseCacheSize/4 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := baseKey{k, body}
	if _, ok := c.held[key]; ok {
		return
	}
	if c.held == nil || c.size+len(data) > baseCacheSize {
		c.held, c.size = map[baseKey][]byte{}, 0
	}
	c.held[key] = data
	c.size += len(data)
}

func (c *baseCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held, c.size = nil, 0
}
