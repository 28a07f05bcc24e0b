"""Checks a JUnit file against what the schemas of Ant's JUnit task and of Jenkins' xUnit plug-in both allow.
usage: python3 junit.py FILE
Prints one line a suite: name, tests, failures, errors, skipped."""
import re, sys, xml.etree.ElementTree as tree

def demand(holds, what):
    if not holds:
        sys.exit(f"not JUnit: {what}")

def attributes(element, due):
    demand(set(element.attrib) == set(due.split()), f"<{element.tag}> has {sorted(element.attrib)}")

root = tree.parse(sys.argv[1]).getroot()
demand(root.tag == "testsuites" and not root.attrib, "its root")
for place, suite in enumerate(root):
    demand(suite.tag == "testsuite", suite.tag)
    attributes(suite, "id name package timestamp hostname tests failures errors skipped time")
    demand(suite.get("id") == str(place), "its suites are not numbered")
    demand(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp")), suite.get("timestamp"))
    demand(re.fullmatch(r"\d+\.\d{3}", suite.get("time")) and suite.get("name") and suite.get("hostname"), "a suite")
    order = re.sub(r"(testcase )+", "testcase ", "".join(child.tag + " " for child in suite))
    demand(order in ("properties testcase system-out system-err ", "properties system-out system-err "), order)
    for wish in suite[0]:
        attributes(wish, "name value")
    cases, count = suite.findall("testcase"), {"failure": 0, "error": 0, "skipped": 0}
    for case in cases:
        attributes(case, "name classname time")
        demand(case.get("name") and re.fullmatch(r"\d+\.\d{3}", case.get("time")), "a case")
        demand(len(case) <= 1, f"{case.get('name')} came out twice")
        for came in case:
            count[came.tag] += 1
            attributes(came, "message" if came.tag == "skipped" else "type message")
    said = [int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")]
    demand(said == [len(cases), *count.values()], f"{suite.get('name')}: {said} are not its cases")
    print(suite.get("name"), *said, sep=" | ")
