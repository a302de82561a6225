package cloudsim

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestGateHoldsCallsUntilResumedOrGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		g.fail(1, 503)
		resume := g.pause()
		patient, impatient := make(chan int, 1), make(chan int, 1)
		ctx, giveUp := context.WithCancel(t.Context())
		call := func(ctx context.Context, done chan<- int) {
			status, _ := g.pass(ctx)
			done <- status
		}
		go call(ctx, impatient)
		synctest.Wait()
		if len(impatient) > 0 {
			t.Error("a call went through a pause")
		}
		giveUp()
		if status := <-impatient; status != 503 {
			t.Errorf("the call that gave up: %d", status)
		}
		go call(t.Context(), patient)
		synctest.Wait()
		if len(patient) > 0 {
			t.Error("a call went through a pause")
		}
		resume()
		resume()
		if status := <-patient; status != 0 {
			t.Errorf("after the one fault: %d", status)
		}
	})
}
