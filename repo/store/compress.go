package store

import "context"

// A batch is some objects that one goroutine compresses.
const (
	batchSize   = 128
	compressors = 2
)

// compressAll hands over each object with its compressed bytes, in the order of the list.
func compressAll(ctx context.Context, list []object, take func(object, []byte) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type batch struct {
		objects []object
		done    chan [][]byte
	}
	work := make(chan batch)
	order := make(chan batch, 2*compressors) // bounds what is compressed and not yet written
	go func() {
		defer close(order)
		defer close(work)
		for len(list) > 0 {
			n := min(batchSize, len(list))
			b := batch{list[:n], make(chan [][]byte, 1)}
			list = list[n:]
			select {
			case order <- b:
			case <-ctx.Done():
				return
			}
			select {
			case work <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	for range compressors {
		go func() {
			z := newDeflater(packLevel)
			for b := range work {
				bodies := make([][]byte, len(b.objects))
				for i, o := range b.objects {
					bodies[i] = z.deflate(o.data)
				}
				b.done <- bodies
			}
		}()
	}
	for b := range order {
		select {
		case bodies := <-b.done:
			for i, o := range b.objects {
				if err := take(o, bodies[i]); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}
