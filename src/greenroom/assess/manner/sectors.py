"""Words by which a line of work is known: enough to see whether an answer speaks of the employer's work or of somebody else's.

A small authored list, English, of the sectors that hire for language models most; a sector that is not here is known by the words of the
job text alone. Words that mean something in every company (customer, contract with a colleague, report) are left out on purpose.
"""

from __future__ import annotations

from greenroom.llm.words import stem

_WORDS = {
    "health care": "hospital clinic clinician doctor nurse patient ward discharge diagnosis physician surgeon surgery dose triage "
    "radiology medical medicine health healthcare therapist midwife bedside symptom treatment anamnesis gp",
    "pharmacy": "drug trial pharma pharmaceutical dose compound substance placebo pharmacist prescription medicine toxicity laboratory",
    "insurance": "insurer insurance claim policyholder adjuster premium underwriter underwriting damage loss accident liability reinsurer",
    "banking": "bank account loan mortgage payment ledger balance transfer credit fraud money deposit branch broker trading portfolio "
    "finance financial iban investor fintech",
    "cars": "car driver driving vehicle road brake steering dashboard motor automotive engine wheel pedestrian workshop mechanic",
    "law": "law lawyer legal contract clause court client judge attorney litigation paralegal counsel notary secrecy",
    "travel": "flight airline airport passenger baggage booking rebooking refund hotel guest traveller crew ticket airfare trip",
    "education": "school teacher pupil student lesson classroom marking exam university lecturer homework curriculum course essay learner",
    "retail": "shop supermarket product shelf stock price checkout allergen grocery supplier warehouse basket catalogue retail "
    "brand discount",
    "industry": "factory plant machine technician turbine manual repair maintenance torque spare mechanic manufacturing "
    "assembly outage sensor energy grid",
    "publishing": "publisher novel author chapter editor newspaper article journalist book manuscript magazine headline "
    "copyright rights newsroom",
    "public service": "citizen permit council office municipality city authority regulation tax benefit ministry government agency "
    "resident",
    "logistics": "parcel depot driver delivery dispatcher truck shipment route freight logistics warehouse courier container port customs",
    "games": "game player quest character dialogue studio npc",
    "telecoms": "tariff subscriber network phone telecom broadband fault roaming sim caller provider cell",
    "customer care": "support ticket caller helpdesk callback hotline complaint queue escalation centre",
    "software": "developer code repository deployment incident saas tenant backlog commit",
    "hiring": "candidate recruiter applicant vacancy cv hiring interview staffing payroll onboarding",
    "farming": "farm farmer crop harvest soil tractor livestock cattle seed irrigation",
    "property": "tenant landlord rent lease property building flat caretaker estate broker",
    "hospitality": "restaurant kitchen chef waiter menu guest hotel reservation recipe",
    "security": "attack threat malware analyst soc breach vulnerability intrusion incident phishing",
}  # fmt: skip
SECTORS = {name: frozenset(stem(word) for word in text.split()) for name, text in _WORDS.items()}
