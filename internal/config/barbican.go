package config

// Barbican is [barbican]: where the key manager is. Its credentials are
// Config.ServiceAuth.
type Barbican struct {
	Endpoint   string   // "": taken from the service catalog
	Region     string   // "": the only one
	Interfaces []string // of "public", "internal", "admin": preferred first
}

// KeysEnabled says whether there is a key manager to ask. Without one nothing
// can be decrypted.
func (c *Config) KeysEnabled() bool {
	return c.API.AuthStrategy == AuthKeystone || c.Keys.Endpoint != ""
}

// keysSettings also go by the names that OpenStack's castellan reads here.
func keysSettings(k *Barbican) []setting {
	return []setting{
		webURL("endpoint_override", &k.Endpoint, "Barbican's address. Without it, the service catalog's.").also("endpoint", "barbican_endpoint"),
		text("region_name", &k.Region, "Barbican's region in the service catalog.").also("barbican_region_name"),
		interfaces("valid_interfaces", &k.Interfaces, "Which of the service catalog's addresses to use, preferred first.").also("interface", "barbican_endpoint_type"),
	}
}
