//! Seats coming and going: hang up, drop, removal, the end.

use vaidya_clinic::id::{DeviceId, SeatId};
use vaidya_clinic::room::Shown;
use vaidya_clinic::visit::{EndedWhy, LeftWhy, Refusal};
use vaidya_clinic::wire::{RefusalCode, ServerMessage};

use super::live::Live;
use super::{Barred, Dropped, End, Leave, Remove, Return, Revoked, Show};
use crate::outlet::Frame;

impl Live {
    /// A microphone or camera went on or off.
    pub(super) fn show(&mut self, show: Show) -> Result<(), Refusal> {
        let line = self.lines.iter().find(|line| line.is_of(show.device)).ok_or(RefusalCode::NotInRoom)?;
        let (seat, Show { mic, cam, .. }) = (line.seat, show);
        if let Some(before) = self.room.shown(seat)
            && (before.mic, before.cam) != (mic, cam)
        {
            let shown = Shown { mic, cam, key: before.key.clone() };
            self.reveal(seat, shown);
        }
        Ok(())
    }

    /// Hangs up, or goes away from the door.
    pub(super) async fn leave(&mut self, leave: Leave) -> Result<(), Refusal> {
        let line = self.lines.iter().find(|line| line.is_of(leave.device)).ok_or(RefusalCode::NotInRoom)?;
        self.depart(line.seat, LeftWhy::HungUp).await
    }

    /// A socket is gone; its seat is not, for a while.
    pub(super) fn drop_device(&mut self, dropped: Dropped) -> Result<(), Refusal> {
        self.lose(dropped.device);
        Ok(())
    }

    /// The grace is over. When the store can't keep it now, the seat stays for another grace.
    pub(super) async fn forget(&mut self, seat: SeatId, device: DeviceId) -> Result<(), Refusal> {
        let is_gone = self.line(seat).is_some_and(|line| line.device == device && line.outlet.is_none());
        if !is_gone {
            return Ok(());
        }
        let departed = self.depart(seat, LeftWhy::Dropped).await;
        if departed.is_err() && self.line(seat).is_some() {
            self.fall_again(seat, device);
        }
        departed
    }

    /// The host puts a seat out.
    pub(super) async fn remove(&mut self, remove: Remove) -> Result<(), Refusal> {
        let by = self.inside(remove.device)?;
        let changes = self.room.decide_remove(by, remove.seat)?;
        let at = self.now();
        self.keep(changes, at).await?;
        self.put_out(remove.seat).await;
        Ok(())
    }

    /// A guest whose link was revoked is put out. The store has marked the seat: when it can't keep that they left, they
    /// are out all the same.
    pub(super) async fn revoked(&mut self, revoked: Revoked) -> Result<(), Refusal> {
        let changes = self.room.decide_revoked(revoked.seat)?;
        let at = self.now();
        let kept = self.keep(changes.clone(), at).await;
        if kept.is_err() {
            changes.iter().for_each(|change| self.room.apply(change));
        }
        self.put_out(revoked.seat).await;
        kept
    }

    /// Someone whose account was disabled is put out, whether or not that can be kept.
    pub(super) async fn barred(&mut self, barred: Barred) -> Result<(), Refusal> {
        let Some((seat, changes)) = self.room.decide_bar(barred.person) else { return Ok(()) };
        if self.line(seat).is_none() {
            return Ok(());
        }
        let at = self.now();
        let kept = self.keep(changes.clone(), at).await;
        if kept.is_err() {
            changes.iter().for_each(|change| self.room.apply(change));
        }
        self.put_out(seat).await;
        kept
    }

    /// Whether someone may come back to a call as they are.
    pub(super) fn may_return(&self, again: Return) -> Result<(), Refusal> {
        if self.room.may_return(again.person) { Ok(()) } else { Err(RefusalCode::NotInRoom.into()) }
    }

    /// The host ends the visit for everyone.
    pub(super) async fn end(&mut self, end: End) -> Result<(), Refusal> {
        let by = self.inside(end.device)?;
        let changes = self.room.decide_end(by)?;
        let at = self.now();
        self.keep(changes, at).await?;
        self.close(EndedWhy::Doctor).await;
        Ok(())
    }

    /// Everyone hears that it is over, media stops, and so does this room.
    pub(super) async fn close(&mut self, why: EndedWhy) {
        self.part();
        self.tell_those(&Frame::of(&ServerMessage::Ended { visit: self.visit(), why }), |_| true);
        self.lines.iter().for_each(|line| self.hand(line.seat, false));
        self.lines.clear();
        self.ports.media.close(self.key()).await;
    }

    /// A seat that was removed hears so and is cut off; the others see it.
    pub(super) async fn put_out(&mut self, seat: SeatId) {
        self.tell(seat, &ServerMessage::Removed { visit: self.visit() });
        self.cut(seat).await;
        self.tell_seat(seat);
    }

    async fn depart(&mut self, seat: SeatId, why: LeftWhy) -> Result<(), Refusal> {
        let at = self.now();
        self.keep(self.room.decide_leave(seat, why), at).await?;
        self.cut(seat).await;
        self.tell_seat(seat);
        Ok(())
    }
}
