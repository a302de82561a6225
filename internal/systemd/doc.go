// Package systemd tells the service manager how this process is doing: ready, reloading, stopping, alive (sd_notify(3),
// sd_watchdog_enabled(3)). Without a service manager that wants to know it does nothing. It imports nothing of this project.
package systemd
