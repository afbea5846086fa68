package delivery

import "slices"

// maxSignatures is how many signatures the table keeps of a group.
const maxSignatures = 50

// firstNovel is the first of the deliveries whose signature was not posted, or nil. Without it, a
// harmless call could delay the one that matters, and a message about several shows the parameters
// of one only.
func (s *groupState) firstNovel(deliveries []*delivery) *delivery {
	if i := slices.IndexFunc(deliveries, s.isNovel); i >= 0 {
		return deliveries[i]
	}
	return nil
}

// isNovel reports whether the signature of a delivery was not posted. Only calls of high severity
// that succeeded have one.
func (s *groupState) isNovel(d *delivery) bool {
	return d.summary.Signature != "" && !slices.Contains(s.Signatures, d.summary.Signature)
}

// addSignatures adds the signatures of the deliveries.
func (s *groupState) addSignatures(deliveries []*delivery) {
	for _, d := range deliveries {
		if s.isNovel(d) && len(s.Signatures) < maxSignatures {
			s.Signatures = append(s.Signatures, d.summary.Signature)
		}
	}
}
