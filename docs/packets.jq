# What people sign of a decision packet: see packets.md.   jq -cSj -f packets.jq FILE | sha256sum
.packet
| del(
    .frozen,
    .review.facilitator, .review.seconds,
    .decision.decided_by, .decision.decided_at, .decision.blockers[].reason,
    .agenda[].seconds, .participants[].present_since,
    .items[].reason, .items[].valid_until, .items[].criteria[].reason, .items[].criteria[].evidence
  )
| .items[].evidence[] |= if .added_by != null or .performed_by != null then . else {criterion, how, kind, result, strength, source} end
