package config

// NetworkDriver is [controller_worker] network_driver: whether there is a
// network service, in octavia.conf's words.
type NetworkDriver string

// The values of [controller_worker] network_driver.
const (
	NetworkNeutron NetworkDriver = "allowed_address_pairs_driver"
	NetworkNone    NetworkDriver = "network_noop_driver" // also with Keystone
)

const sectionControllerWorker = "controller_worker"

func controllerWorkerSettings(driver *NetworkDriver) []setting {
	return []setting{
		choice("network_driver", driver, []NetworkDriver{NetworkNeutron, NetworkNone},
			"network_noop_driver: there is no network service, and users give VIP addresses themselves; for trials and measurements."),
	}
}
