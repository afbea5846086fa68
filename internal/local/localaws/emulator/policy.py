"""Judges policy documents: who may do what to which resource, under which conditions.

moto stores policies and never reads them, so a bus policy that admits nobody, or a role that may do nothing, would
look fine. Only what Trailbus needs is judged; an operator that is not known here is an error, not a yes.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import re


def listed(value):
    """A policy may write one value without a list around it."""
    return value if isinstance(value, list) else [value]


def like(pattern, value):
    """IAM's wildcards: * for any run of characters, ? for one."""
    regex = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(regex, value, re.DOTALL) is not None


def statements(document):
    """The statements of a policy document, given as text or parsed."""
    if isinstance(document, str):
        document = json.loads(document) if document else {}
    return listed((document or {}).get("Statement", []))


class Request:
    """Who asks for what, in which circumstances.

    ignore names condition keys that cannot be known yet: PutTargets asks before there is an event.
    """

    def __init__(self, action, resource, account=None, arn=None, service=None, context=None, ignore=()):
        self.action, self.resource = action, resource
        self.account, self.arn, self.service = account, arn, service
        self.context = {k.lower(): v for k, v in (context or {}).items() if v is not None}
        self.ignore = {k.lower() for k in ignore}


def decide(policy_statements, request):
    """Returns (allowed, why): one Deny that applies wins, else one Allow is needed."""
    why = "no statement allows it"
    allowed = False
    for s in policy_statements:
        sid = s.get("Sid") or "without a Sid"
        if not (_principal(s, request) and _action(s, request) and _resource(s, request)):
            continue
        holds, failed, unknown = _conditions(s, request)
        if s["Effect"] == "Deny":
            if holds and not unknown:
                return False, f"statement {sid} denies it"
        elif holds:
            allowed = True
        else:
            why = f"statement {sid} does not allow it: {failed}"
    return allowed, "" if allowed else why


def _principal(s, request):
    if "Principal" not in s:
        return True  # a policy of an identity
    principal = s["Principal"]
    if principal == "*":
        return True
    if isinstance(principal, str):
        principal = {"AWS": principal}
    if request.service:
        return request.service in listed(principal.get("Service", []))
    for p in listed(principal.get("AWS", [])):
        if p in ("*", request.account, request.arn) or re.fullmatch(rf"arn:[\w-]+:iam::{request.account}:root", p):
            return True
    return False


def _action(s, request):
    if "NotAction" in s:
        return not any(like(a.lower(), request.action.lower()) for a in listed(s["NotAction"]))
    return any(like(a.lower(), request.action.lower()) for a in listed(s.get("Action", [])))


def _resource(s, request):
    if "Resource" not in s:
        return "NotResource" not in s  # a trust policy names none
    return any(like(r, request.resource) for r in listed(s["Resource"]))


def _conditions(s, request):
    """Returns (all hold, the first that does not, whether one could not be judged)."""
    unknown = False
    for operator, keys in (s.get("Condition") or {}).items():
        for key, wanted in keys.items():
            if key.lower() in request.ignore:
                unknown = True
            elif not _condition(operator, listed(wanted), request.context.get(key.lower())):
                return False, f"{operator} {key} wants {wanted}, is {request.context.get(key.lower())}", unknown
    return True, "", unknown


_TESTS = {
    "stringequals": lambda w, v: w == v,
    "stringequalsignorecase": lambda w, v: w.lower() == v.lower(),
    "stringlike": like,
    "arnequals": like,
    "arnlike": like,
    "bool": lambda w, v: w.lower() == v.lower(),
}
# A negated operator holds where its positive does not, and where the key is missing.
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


def _condition(operator, wanted, actual):
    name = operator.lower()
    every = name.startswith("forallvalues:")
    name = name.split(":")[-1]
    if name == "null":
        return (actual is None) == (str(wanted[0]).lower() == "true")
    optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    negated = name in _NEGATED
    test = _TESTS.get(_NEGATED.get(name, name))
    if test is None:
        raise ValueError(f"localaws: unknown condition operator {operator}")
    if actual is None:
        return optional or negated or every
    values = listed(actual)
    hits = [any(test(str(w), str(v)) for w in wanted) != negated for v in values]
    return all(hits) if every or negated else any(hits)
