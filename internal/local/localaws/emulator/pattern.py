"""Event patterns. moto's matcher calls an unknown operator a match and does not look into arrays of objects.

Good enough for a demo and its tests; the package eventpattern of this module is the judge of patterns.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from moto.events.models import UNDEFINED, EventPattern

OPERATORS = ("prefix", "suffix", "anything-but", "numeric", "exists", "equals-ignore-case", "wildcard", "cidr")

_leaf = EventPattern(None, {})


def check(pattern, path=""):
    """What is wrong with the pattern, "" where nothing is."""
    for key, value in pattern.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            wrong = check(value, here)
            if wrong:
                return wrong
        elif not isinstance(value, list) or not value:
            return f"'{here}' must be an object or a non-empty array"
        else:
            for item in value:
                if key == "$or":
                    wrong = check(item, path)
                    if wrong:
                        return wrong
                elif isinstance(item, dict) and (len(item) != 1 or next(iter(item)) not in OPERATORS):
                    return f"Unrecognized match type {', '.join(item)} at '{here}'"
    return ""


def matches(pattern, value):
    """Whether the object matches; in an array of objects one element must match everything said about it."""
    if isinstance(value, list):
        return any(matches(pattern, v) for v in value) or (not value and matches(pattern, {}))
    if not isinstance(value, dict):
        value = {}
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(matches(p, value) for p in wanted):
                return False
        elif isinstance(wanted, dict):
            if not matches(wanted, value.get(key, {})):
                return False
        else:
            actual = value.get(key, UNDEFINED)
            # Only leaves exist; an object does not.
            if isinstance(actual, dict) or (isinstance(actual, list) and actual and all(isinstance(a, dict) for a in actual)):
                actual = UNDEFINED
            if not any(_filter(actual, w) for w in wanted):
                return False
    return True


def _filter(actual, wanted):
    # Python says that True is 1; JSON does not.
    if isinstance(wanted, (bool, int, float)) and not isinstance(wanted, dict):
        values = actual if isinstance(actual, list) else [actual]
        return any(isinstance(v, bool) == isinstance(wanted, bool) and v == wanted for v in values)
    return _leaf._does_item_match_filters(actual, [wanted])
