package store

// VRFKeyTaken says whether a VRF context of this key is that of another project's load balancers.
func (t *Tx) VRFKeyTaken(key, projectID string) (bool, error) {
	return t.any("SELECT COUNT(*) FROM load_balancers WHERE vrf_key = ? AND project_id <> ?", key, projectID)
}

// VRFKeyOfProviders says whether a VRF context of this key is that of some providers' load balancers.
func (t *Tx) VRFKeyOfProviders(key string, providers []string) (bool, error) {
	if len(providers) == 0 {
		return false, nil
	}
	marks, args := in(providers)
	return t.any("SELECT COUNT(*) FROM load_balancers WHERE vrf_key = ? AND provider IN ("+marks+")", append([]any{key}, args...)...)
}
