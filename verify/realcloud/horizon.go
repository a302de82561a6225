//go:build verify

package realcloud

import (
	"context"
	"fmt"
)

// horizonSettings changes what differs from the settings of Debian's package: the cloud, and that everything is kept in a directory
// of the cloud's. It takes the host, Keystone's URL, a secret, the directory and the region.
const horizonSettings = `from openstack_dashboard.settings import *  # noqa: F403

ALLOWED_HOSTS = ["127.0.0.1"]
OPENSTACK_HOST = "127.0.0.1"
OPENSTACK_KEYSTONE_URL = "%[1]s"
SECRET_KEY = "%[2]s"
SESSION_ENGINE = "django.contrib.sessions.backends.file"
SESSION_FILE_PATH = "%[3]s"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"log": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["log"], "level": "INFO"},
}
DEFAULT_SERVICE_REGIONS = {"*": "%[4]s"}
`

const horizonProgram = `from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
`

// StartHorizon adds a Horizon to the cloud, with the load balancers' panels, and tells its URL. The load balancers' wizard wants a
// Nova to choose members from: computeURL is that of one, or of what passes for one. It needs the packages of packages.sh horizon.
func (c *Cloud) StartHorizon(ctx context.Context, computeURL string) (string, error) {
	if err := c.addService(ctx, "compute", computeURL); err != nil {
		return "", err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return "", err
	}
	home := c.host.path("horizon")
	if _, err := c.host.write(fmt.Sprintf(horizonSettings, c.IdentityURL, newKey(), home, Region), "horizon", "dashboard_settings.py"); err != nil {
		return "", err
	}
	program, err := c.host.write(horizonProgram, "horizon", "dashboard.py")
	if err != nil {
		return "", err
	}
	url := "http://" + address
	return url, c.uwsgi(ctx, "horizon", url, program, 2, "HOME="+home, "PYTHONPATH="+home, "DJANGO_SETTINGS_MODULE=dashboard_settings",
		// uwsgi takes options from its environment too.
		"UWSGI_STATIC_MAP=/static=/var/lib/openstack-dashboard/static")
}
