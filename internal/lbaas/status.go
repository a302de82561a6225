package lbaas

// ProvisioningStatus says how far an object's configuration has got.
type ProvisioningStatus string

// The provisioning statuses. In a PENDING status it is the worker's turn to act, in the others the user's.
const (
	PendingCreate ProvisioningStatus = "PENDING_CREATE"
	PendingUpdate ProvisioningStatus = "PENDING_UPDATE"
	PendingDelete ProvisioningStatus = "PENDING_DELETE"
	Active        ProvisioningStatus = "ACTIVE"
	ErrorStatus   ProvisioningStatus = "ERROR"
	// Deleted is shown in no list; it names the end of an object to those who watch it.
	Deleted ProvisioningStatus = "DELETED"
)

// Pending says that the worker has yet to finish with the object.
func (s ProvisioningStatus) Pending() bool {
	return s == PendingCreate || s == PendingUpdate || s == PendingDelete
}

// OperatingStatus says how an object fares, as seen by the Controller.
type OperatingStatus string

// The operating statuses of Octavia.
const (
	Online          OperatingStatus = "ONLINE"
	Offline         OperatingStatus = "OFFLINE"
	Degraded        OperatingStatus = "DEGRADED"
	OperatingError  OperatingStatus = "ERROR"
	Draining        OperatingStatus = "DRAINING"
	NoMonitor       OperatingStatus = "NO_MONITOR"
	statusUndecided OperatingStatus = ""
)

// Combine is the operating status of a whole by those of its parts: ONLINE or OFFLINE when all are, ERROR when every part
// that works for its living has failed, DEGRADED when only some have.
func Combine(parts []OperatingStatus) OperatingStatus {
	if len(parts) == 0 {
		return Online
	}
	var up, down, off int
	for _, p := range parts {
		switch p {
		case OperatingError:
			down++
		case Degraded:
			up++
			down++
		case Offline:
			off++
		case Online, NoMonitor, Draining, statusUndecided:
			up++
		}
	}
	switch {
	case down > 0 && up > 0:
		return Degraded
	case down > 0:
		return OperatingError
	case up > 0:
		return Online
	default:
		return Offline
	}
}
