"""Every state that a record can be in has a pill: words, a drawing and a colour."""

from enum import StrEnum

import pytest

from services.appointments.states import AppointmentStatus
from services.kernel.translations import Language
from web.common.rendering import environment


@pytest.mark.parametrize(("pills", "states"), [("appointment_states", AppointmentStatus)])
def test_every_state_has_its_pill(pills: str, states: type[StrEnum]) -> None:
    module = environment(Language.CHINESE).get_template("components/data.html").module

    assert set(getattr(module, pills)) == {state.value for state in states}
