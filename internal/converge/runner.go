package converge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// maxRounds bounds how often one object is read again because someone else wrote it in between, in one run. The vendor's own
// driver tries 10 times (controller facts 2.4).
const maxRounds = 10

type runner struct {
	controller Controller
	logger     *slog.Logger
	// actual gives, by the uuid that objects should have, the one that they have where it is another.
	actual map[string]string
	giveUp func(ctx context.Context, k Known) (last bool, err error)
}

// takeAll carries out steps until one fails, and tells what is known of each object afterwards.
func (r runner) takeAll(ctx context.Context, steps []step) ([]Known, error) {
	changes := make([]Known, 0, len(steps))
	for len(steps) > 0 {
		n := max(1, removalsAlike(steps))
		after, err := r.takeAlike(ctx, steps[:n])
		changes, steps = append(changes, after...), steps[n:]
		if err != nil {
			return append(changes, untouched(steps)...), err
		}
	}
	return changes, nil
}

// removalsAlike counts the deletions of objects of one type that steps begin with.
func removalsAlike(steps []step) int {
	other := slices.IndexFunc(steps, func(s step) bool { return !s.remove || s.known.Type != steps[0].known.Type })
	if other < 0 {
		return len(steps)
	}
	return other
}

// takeAlike carries out one step, or deletions of objects of one type. Which of these refer to others of them is not known of
// those whose last write was never answered: what the Controller refuses to delete, because something refers to it, is tried
// again for as long as others of them go.
func (r runner) takeAlike(ctx context.Context, steps []step) ([]Known, error) {
	var changes []Known
	for {
		var refused []step
		var kept []Known
		var refusal error
		for i, s := range steps {
			after, err := r.take(ctx, s)
			switch {
			case errors.Is(err, avi.Referred) || after.Left:
				refused, kept, refusal = append(refused, s), append(kept, after), cmp.Or(refusal, err)
			case err != nil:
				return slices.Concat(changes, kept, []Known{after}, untouched(steps[i+1:])), err
			default:
				changes = append(changes, after)
			}
		}
		if len(refused) == 0 || len(refused) == len(steps) {
			return append(changes, kept...), refusal
		}
		steps = refused
	}
}

// take carries out one step and tells what is known of the object afterwards, also when it fails.
func (r runner) take(ctx context.Context, s step) (Known, error) {
	after := s.known
	after.Applied = ""
	if s.remove {
		left, err := r.remove(ctx, s.known)
		if err != nil {
			return after, fmt.Errorf("delete %s %s: %w", s.known.Type, s.known.UUID, err)
		}
		after.Gone, after.Left = true, left
		return after, nil
	}
	s.object = s.object.Redirected(r.actual)
	if s.known.Actual != "" {
		s.object.UUID = s.known.Actual
	}
	written, err := r.bring(ctx, s)
	if errors.Is(err, avi.NotFound) {
		err = overtaken(s.object, "others deleted the object between two requests", err)
	}
	if err != nil {
		return after, fmt.Errorf("bring %s %s to its wanted state: %w", s.known.Type, s.known.UUID, err)
	}
	if written.UUID != s.known.UUID {
		after.Actual, r.actual[s.known.UUID] = written.UUID, written.UUID
	}
	after.Applied, err = written.Applied()
	return after, err
}

// remove deletes an object. What others share is left to them, and the last one to go removes it. A certificate that something
// else at the Controller refers to, which somebody has set by hand, is left over.
func (r runner) remove(ctx context.Context, k Known) (left bool, err error) {
	if k.Shared {
		last, err := r.giveUp(ctx, k)
		if err != nil {
			return false, err
		}
		if !last {
			r.log(ctx, "left to others", k.Type, k.UUID)
			return false, nil
		}
	}
	err = r.controller.Delete(ctx, k.Tenant, k.Type, cmp.Or(k.Actual, k.UUID))
	switch {
	case err == nil, errors.Is(err, avi.NotFound),
		errors.Is(err, avi.TenantMissing): // a tenant does not go while there is anything in it (controller facts 3)
		r.log(ctx, "deleted", k.Type, k.UUID)
		return false, nil
	case errors.Is(err, avi.Referred) && k.Type == typeCertificate:
		r.log(ctx, "left over, for something else refers to it", k.Type, k.UUID)
		return true, nil
	}
	return false, err
}

// bring makes one object be as wanted and gives it as it was written, which may be under its alternative name.
func (r runner) bring(ctx context.Context, s step) (plan.Object, error) {
	o := s.object
	switch {
	case s.fresh:
		return r.create(ctx, o)
	case s.known.Applied == "":
		return r.readAndSettle(ctx, o)
	}
	change, err := o.ChangeFrom(s.known.Applied)
	if err != nil {
		return o, err
	}
	o = o.Kept(s.known.Applied)
	if change.Verb == plan.ReadAndReplace {
		return r.readAndSettle(ctx, o)
	}
	actual, err := r.controller.Patch(ctx, o.Tenant, o.Type, o.UUID, patchVerb(change.Verb), change.Body)
	switch {
	case errors.Is(err, avi.Duplicate) && o.AlternativeName != o.Name():
		return r.readAndSettle(ctx, o.Renamed())
	case errors.Is(err, avi.NotFound), errors.Is(err, avi.Stale):
		return r.readAndSettle(ctx, o)
	case err != nil:
		return o, err
	}
	r.log(ctx, "patched", o.Type, o.UUID, change.Fields...)
	// The answer is the whole object: what someone else changed of the fields that are LBaaS's is put back at once.
	return r.settle(ctx, o, actual)
}

func patchVerb(v plan.Verb) avi.PatchVerb {
	switch v {
	case plan.PatchAdd:
		return avi.PatchAdd
	case plan.PatchDelete:
		return avi.PatchDelete
	case plan.PatchReplace, plan.ReadAndReplace, plan.Nothing:
	}
	return avi.PatchReplace
}

// create makes an object that should not be there yet. One with our uuid that is there all the same is ours, from a former life
// or another driver; one with our name is someone else's.
func (r runner) create(ctx context.Context, o plan.Object) (plan.Object, error) {
	if o.Incomplete != "" {
		return o, &avi.Error{Kind: avi.Invalid, Type: o.Type, UUID: o.UUID, Tenant: o.Tenant, Message: o.Incomplete}
	}
	actual, err := r.controller.Create(ctx, o.Tenant, o.Type, o.UUID, o.Body())
	if errors.Is(err, avi.Duplicate) {
		return r.resolveDuplicate(ctx, o, err)
	}
	if err != nil {
		return o, err
	}
	r.log(ctx, "created", o.Type, o.UUID)
	if uuid, _ := actual["uuid"].(string); uuid != "" {
		o.UUID = uuid // the Controller gives one object for equal certificates of an authority (controller facts 2.6)
	}
	return r.settle(ctx, o, actual)
}

func (r runner) resolveDuplicate(ctx context.Context, o plan.Object, duplicate error) (plan.Object, error) {
	actual, err := r.controller.Get(ctx, o.Tenant, o.Type, o.UUID)
	switch {
	case err == nil:
		return r.settle(ctx, o, actual)
	case !errors.Is(err, avi.NotFound):
		return o, err
	}
	found, err := findByName(ctx, r.controller, &o)
	if err != nil {
		return o, err
	}
	if found != nil {
		o.UUID, _ = found["uuid"].(string)
		r.log(ctx, "found", o.Type, o.UUID)
		return r.settle(ctx, o, found)
	}
	if o.AlternativeName == o.Name() {
		return o, duplicate
	}
	return r.create(ctx, o.Renamed())
}

// findByName looks for the object under another uuid, where that may be; nil when it is not there.
func findByName(ctx context.Context, r Reader, o *plan.Object) (avi.Object, error) {
	if o.Same == nil {
		return nil, nil
	}
	query := url.Values{"name": {o.Name()}, "include_name": {"true"}}
	for actual, err := range r.List(ctx, o.Tenant, o.Type, query) {
		if err != nil {
			return nil, err
		}
		if o.IsSame(actual) {
			return actual, nil
		}
	}
	return nil, nil
}

func (r runner) readAndSettle(ctx context.Context, o plan.Object) (plan.Object, error) {
	actual, err := r.controller.Get(ctx, o.Tenant, o.Type, o.UUID)
	if errors.Is(err, avi.NotFound) {
		return r.create(ctx, o)
	}
	if err != nil {
		return o, err
	}
	return r.settle(ctx, o, actual)
}

// settle puts what differs from a freshly read object until nothing does.
func (r runner) settle(ctx context.Context, o plan.Object, actual avi.Object) (plan.Object, error) {
	var put []string // the fields that the last PUT was to change
	for range maxRounds {
		fields := o.Differs(actual)
		if len(fields) == 0 {
			return o, nil
		}
		if put != nil && sameFields(put, fields) {
			r.logger.WarnContext(ctx, "the Controller keeps its own value of fields that were written",
				"type", o.Type, "uuid", o.UUID, "fields", fields)
			return o, nil
		}
		answer, err := r.controller.Replace(ctx, o.Tenant, o.Type, o.UUID, o.Merged(actual))
		switch {
		case errors.Is(err, avi.Stale):
			put = nil
			if answer, err = r.controller.Get(ctx, o.Tenant, o.Type, o.UUID); err != nil {
				return o, err
			}
		case errors.Is(err, avi.Duplicate) && o.AlternativeName != o.Name():
			o = o.Renamed()
			continue
		case err != nil:
			return o, err
		default:
			r.log(ctx, "updated", o.Type, o.UUID, fields...)
			put = fields
		}
		actual = answer
	}
	return o, overtaken(o, fmt.Sprintf("others wrote the object between reading and writing it, %d times in a row", maxRounds), nil)
}

// overtaken is the failure of somebody who was too slow, and may be faster next time.
func overtaken(o plan.Object, message string, cause error) error {
	return &avi.Error{Kind: avi.Stale, Type: o.Type, UUID: o.UUID, Tenant: o.Tenant, Message: message, Err: cause}
}

// sameFields says that every differing field was among those just written.
func sameFields(put, fields []string) bool {
	written := map[string]bool{}
	for _, f := range put {
		written[f] = true
	}
	for _, f := range fields {
		if !written[f] {
			return false
		}
	}
	return true
}

// log tells of a write; what is "created", "patched", "updated" or "deleted".
func (r runner) log(ctx context.Context, what, typ, uuid string, fields ...string) {
	r.logger.InfoContext(ctx, "wrote object at the Controller", "what", what, "type", typ, "uuid", uuid, "fields", fields)
}
